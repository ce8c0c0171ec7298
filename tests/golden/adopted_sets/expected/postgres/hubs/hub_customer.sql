-- hub hub_customer: rendered by dv-gen from metadata/model.yml:22.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."hub_customer" (
  "CUSTOMER_HK" CHAR(32) COLLATE "C" NOT NULL,
  "CUSTOMER_ID" VARCHAR(10) COLLATE "C",
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("CUSTOMER_HK")
);

-- Keys that are stored with another hash than the rule gives them. Asked before the first batch only:
-- a vault that another tool has built can be loaded on if there are none.
SELECT COUNT(*) AS "differing"
FROM "raw_vault"."hub_customer"
WHERE "CUSTOMER_HK" <> UPPER(MD5(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '')));

SELECT "dv_meta"."lift_key"('"raw_vault"."hub_customer"');

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT INTO "raw_vault"."hub_customer" (
  "CUSTOMER_HK",
  "CUSTOMER_ID",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
WITH
"staged" AS (
  SELECT
    "CUSTOMER_HK",
    "CUSTOMER_ID",
    "LOAD_DATE",
    "RECORD_SOURCE",
    1 AS "feed no"
  FROM "stage"."phones"
  WHERE "CUSTOMER_HK" IS NOT NULL
  UNION ALL
  SELECT DISTINCT
    "CUSTOMER_HK",
    "CUSTOMER_ID",
    "LOAD_DATE",
    "RECORD_SOURCE",
    2 AS "feed no"
  FROM "stage"."orders" AS staged
  WHERE "CUSTOMER_HK" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "stage"."phones" AS better
      WHERE better."CUSTOMER_HK" = staged."CUSTOMER_HK"
        AND better."LOAD_DATE" = staged."LOAD_DATE"
    )
  UNION ALL
  SELECT DISTINCT
    "CUSTOMER_HK",
    "CUSTOMER_ID",
    "LOAD_DATE",
    "RECORD_SOURCE",
    3 AS "feed no"
  FROM "stage"."contracts" AS staged
  WHERE "CUSTOMER_HK" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "stage"."phones" AS better
      WHERE better."CUSTOMER_HK" = staged."CUSTOMER_HK"
        AND better."LOAD_DATE" = staged."LOAD_DATE"
    )
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "CUSTOMER_HK"
      ORDER BY "LOAD_DATE", "feed no", "RECORD_SOURCE", "CUSTOMER_ID" NULLS LAST
    ) AS "place no"
  FROM "staged" AS staged
  WHERE "CUSTOMER_HK" NOT IN (
    SELECT known."CUSTOMER_HK"
    FROM "raw_vault"."hub_customer" AS known
    WHERE known."CUSTOMER_HK" IN (SELECT "CUSTOMER_HK" FROM "staged")
  )
)
SELECT
  "CUSTOMER_HK",
  "CUSTOMER_ID",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "ranked"
WHERE "place no" = 1;

SELECT "dv_meta"."put_key"('"raw_vault"."hub_customer"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "raw_vault"."hub_customer" ("CUSTOMER_HK", "CUSTOMER_ID", "LOAD_DATE", "RECORD_SOURCE");
