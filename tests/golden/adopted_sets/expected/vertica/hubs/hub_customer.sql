-- hub hub_customer: rendered by dv-gen from metadata/model.yml:22.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."hub_customer" (
  "CUSTOMER_HK" CHAR(32) NOT NULL,
  "CUSTOMER_ID" VARCHAR(40),
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("CUSTOMER_HK") DISABLED
)
ORDER BY "CUSTOMER_HK"
SEGMENTED BY HASH("CUSTOMER_HK") ALL NODES;

-- Keys that are stored with another hash than the rule gives them. Asked before the first batch only:
-- a vault that another tool has built can be loaded on if there are none.
SELECT COUNT(*) AS "differing"
FROM "raw_vault"."hub_customer"
WHERE "CUSTOMER_HK" <> UPPER(MD5(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), 'ß', 'ẞ'), '')));

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT /*+LABEL('dv_gen:hub_customer')*/ INTO "raw_vault"."hub_customer" (
  "CUSTOMER_HK",
  "CUSTOMER_ID",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
SELECT
  "CUSTOMER_HK",
  "CUSTOMER_ID",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "CUSTOMER_HK"
      ORDER BY "LOAD_DATE", "feed no", "RECORD_SOURCE", "CUSTOMER_ID" NULLS LAST
    ) AS "place no"
  FROM (
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
  ) AS staged
  WHERE NOT EXISTS (
    SELECT 1
    FROM "raw_vault"."hub_customer" AS known
    WHERE known."CUSTOMER_HK" = staged."CUSTOMER_HK"
  )
) AS "ranked"
WHERE "place no" = 1;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('raw_vault.hub_customer');
