-- link link_contract: rendered by dv-gen from metadata/model.yml:27.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."link_contract" (
  "CONTRACT_HK" CHAR(32) NOT NULL,
  "CUSTOMER_HK" CHAR(32) NOT NULL,
  "ORDER_HK" CHAR(32) NOT NULL,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("CONTRACT_HK") DISABLED
)
ORDER BY "CONTRACT_HK"
SEGMENTED BY HASH("CONTRACT_HK") ALL NODES
PARTITION BY "LOAD_DATE"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("LOAD_DATE"::DATE, 3, 2);

-- Asked before the first batch only: whether the newest digests that are stored are those of the
-- rule, and of which texts they may be made. A vault that another tool has built can be loaded on
-- where they are.
SELECT
  CASE WHEN "stored digest" = CASE WHEN NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1")), 'ß', 'ẞ'), '') IS NOT NULL AND NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 2")), 'ß', 'ẞ'), '') IS NOT NULL THEN UPPER(MD5(NULLIF(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1")), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 2")), 'ß', 'ẞ'), ''), '^^'), '^^||^^'))) END THEN 1 ELSE 0 END AS "same",
  "stored at",
  LOWER("stored digest") AS "digest",
  'CONTRACT_HK' AS "digest column",
  'hub_customer' AS "name 1",
  'CUSTOMER_ID' AS "column 1",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1")), 'ß', 'ẞ'), ''), '^^') AS "text 1",
  'hub_order' AS "name 2",
  'ORDER_ID' AS "column 2",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 2")), 'ß', 'ẞ'), ''), '^^') AS "text 2"
FROM (
  SELECT
    hub_0."CUSTOMER_ID" AS "value 1",
    hub_1."ORDER_ID" AS "value 2",
    held."CONTRACT_HK" AS "stored digest",
    held."LOAD_DATE" AS "stored at"
  FROM "raw_vault"."link_contract" AS held
  LEFT JOIN "raw_vault"."hub_customer" AS hub_0
    ON hub_0."CUSTOMER_HK" = held."CUSTOMER_HK"
  LEFT JOIN "raw_vault"."hub_order" AS hub_1
    ON hub_1."ORDER_HK" = held."ORDER_HK"
  WHERE held."CONTRACT_HK" NOT IN (UPPER('00000000000000000000000000000000'), UPPER('ffffffffffffffffffffffffffffffff'))
  ORDER BY held."LOAD_DATE" DESC, held."CONTRACT_HK"
  LIMIT 50
) AS stored;

DROP TABLE IF EXISTS v_temp_schema."link_contract_repeats";

CREATE LOCAL TEMPORARY TABLE "link_contract_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "CONTRACT_HK" ORDER BY "LOAD_DATE", "RECORD_SOURCE", "CUSTOMER_HK", "ORDER_HK") AS "place no"
  FROM "stage"."contracts"
  WHERE "CONTRACT_HK" IN (SELECT "CONTRACT_HK" FROM "stage"."contracts" GROUP BY "CONTRACT_HK" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:link_contract')*/ INTO "raw_vault"."link_contract" (
  "CONTRACT_HK",
  "CUSTOMER_HK",
  "ORDER_HK",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
SELECT
  "CONTRACT_HK",
  "CUSTOMER_HK",
  "ORDER_HK",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "stage"."contracts" AS staged
WHERE "CONTRACT_HK" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "link_contract_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "raw_vault"."link_contract" AS known
    WHERE known."CONTRACT_HK" = staged."CONTRACT_HK"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('raw_vault.link_contract');
