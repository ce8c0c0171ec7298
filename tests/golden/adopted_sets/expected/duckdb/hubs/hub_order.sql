-- hub hub_order: rendered by dv-gen from metadata/model.yml:23.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."hub_order" (
  "ORDER_HK" CHAR(32) NOT NULL,
  "ORDER_ID" VARCHAR(10),
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) NOT NULL
);

-- Keys that are stored with another hash than the rule gives them. Asked before the first batch only:
-- a vault that another tool has built can be loaded on if there are none.
SELECT COUNT(*) AS "differing"
FROM "raw_vault"."hub_order"
WHERE "ORDER_HK" <> UPPER(MD5(NULLIF(UPPER(TRIM(BOTH ' ' FROM "ORDER_ID")), '')));

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT INTO "raw_vault"."hub_order" (
  "ORDER_HK",
  "ORDER_ID",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
WITH
"staged" AS (
  SELECT
    "ORDER_HK",
    "ORDER_ID",
    "LOAD_DATE",
    "RECORD_SOURCE",
    1 AS "feed no"
  FROM "stage"."orders"
  WHERE "ORDER_HK" IS NOT NULL
  UNION ALL
  SELECT DISTINCT
    "ORDER_HK",
    "ORDER_ID",
    "LOAD_DATE",
    "RECORD_SOURCE",
    2 AS "feed no"
  FROM "stage"."contracts" AS staged
  WHERE "ORDER_HK" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "stage"."orders" AS better
      WHERE better."ORDER_HK" = staged."ORDER_HK"
        AND better."LOAD_DATE" = staged."LOAD_DATE"
    )
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "ORDER_HK"
      ORDER BY "LOAD_DATE", "feed no", "RECORD_SOURCE", "ORDER_ID" NULLS LAST
    ) AS "place no"
  FROM "staged" AS staged
  WHERE "ORDER_HK" NOT IN (
    SELECT known."ORDER_HK"
    FROM "raw_vault"."hub_order" AS known
    WHERE known."ORDER_HK" IN (SELECT "ORDER_HK" FROM "staged")
  )
)
SELECT
  "ORDER_HK",
  "ORDER_ID",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "ranked"
WHERE "place no" = 1;
