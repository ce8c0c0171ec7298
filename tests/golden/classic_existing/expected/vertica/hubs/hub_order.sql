-- hub hub_order: rendered by dv-gen from metadata/customers.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."hub_order" (
  "ORDER_HK" CHAR(32) NOT NULL,
  "ORDER_ID" INTEGER,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("ORDER_HK") DISABLED
)
ORDER BY "ORDER_HK"
SEGMENTED BY HASH("ORDER_HK") ALL NODES;

-- Keys that are stored with another hash than the rule gives them. Asked before the first batch only:
-- a vault that another tool has built can be loaded on if there are none.
SELECT COUNT(*) AS "differing"
FROM "raw_vault"."hub_order"
WHERE "ORDER_HK" <> UPPER(MD5(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("ORDER_ID" AS VARCHAR(11)))), 'ß', 'ẞ'), '')));

DROP TABLE IF EXISTS v_temp_schema."hub_order_repeats";

CREATE LOCAL TEMPORARY TABLE "hub_order_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "ORDER_HK" ORDER BY "LOAD_DATE", "RECORD_SOURCE", "ORDER_ID" NULLS LAST) AS "place no"
  FROM "stage"."orders"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:hub_order')*/ INTO "raw_vault"."hub_order" (
  "ORDER_HK",
  "ORDER_ID",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
SELECT
  "ORDER_HK",
  "ORDER_ID",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "stage"."orders" AS staged
WHERE "ORDER_HK" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "hub_order_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "raw_vault"."hub_order" AS known
    WHERE known."ORDER_HK" = staged."ORDER_HK"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('raw_vault.hub_order');
