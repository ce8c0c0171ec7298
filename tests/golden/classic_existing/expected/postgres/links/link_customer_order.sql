-- link link_customer_order: rendered by dv-gen from metadata/customers.yml:19.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."link_customer_order" (
  "CUSTOMER_ORDER_HK" CHAR(32) COLLATE "C" NOT NULL,
  "CUSTOMER_HK" CHAR(32) COLLATE "C" NOT NULL,
  "ORDER_FK" CHAR(32) COLLATE "C" NOT NULL,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("CUSTOMER_ORDER_HK")
);

-- Asked before the first batch only: whether the newest digests that are stored are those of the
-- rule, and of which texts they may be made. A vault that another tool has built can be loaded on
-- where they are.
SELECT
  CASE WHEN "stored digest" = CASE WHEN NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '') IS NOT NULL AND NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 2" AS TEXT)) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '') IS NOT NULL THEN UPPER(MD5(NULLIF(COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') || '||' || COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 2" AS TEXT)) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^'), '^^||^^'))) END THEN 1 ELSE 0 END AS "same",
  "stored at",
  LOWER("stored digest") AS "digest",
  'CUSTOMER_ORDER_HK' AS "digest column",
  'hub_customer' AS "name 1",
  'CUSTOMER_ID' AS "column 1",
  COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') AS "text 1",
  '{ORDER_FK: hub_order}' AS "name 2",
  'ORDER_ID' AS "column 2",
  COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 2" AS TEXT)) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') AS "text 2"
FROM (
  SELECT
    hub_0."CUSTOMER_ID" AS "value 1",
    CAST(hub_1."ORDER_ID" AS INTEGER) AS "value 2",
    held."CUSTOMER_ORDER_HK" AS "stored digest",
    held."LOAD_DATE" AS "stored at"
  FROM "raw_vault"."link_customer_order" AS held
  LEFT JOIN "raw_vault"."hub_customer" AS hub_0
    ON hub_0."CUSTOMER_HK" = held."CUSTOMER_HK"
  LEFT JOIN "raw_vault"."hub_order" AS hub_1
    ON hub_1."ORDER_HK" = held."ORDER_FK"
  WHERE held."CUSTOMER_ORDER_HK" NOT IN (UPPER('00000000000000000000000000000000'), UPPER('ffffffffffffffffffffffffffffffff'))
  ORDER BY held."LOAD_DATE" DESC, held."CUSTOMER_ORDER_HK"
  LIMIT 50
) AS stored;

SELECT "dv_meta"."lift_key"('"raw_vault"."link_customer_order"');

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "raw_vault"."link_customer_order" (
  "CUSTOMER_ORDER_HK",
  "CUSTOMER_HK",
  "ORDER_FK",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "CUSTOMER_ORDER_HK" ORDER BY "LOAD_DATE", "RECORD_SOURCE", "CUSTOMER_HK", "ORDER_HK") AS "place no"
    FROM "stage"."orders"
    WHERE "CUSTOMER_ORDER_HK" IN (SELECT "CUSTOMER_ORDER_HK" FROM "stage"."orders" GROUP BY "CUSTOMER_ORDER_HK" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "CUSTOMER_ORDER_HK",
  "CUSTOMER_HK",
  "ORDER_HK" AS "ORDER_FK",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "stage"."orders" AS staged
WHERE "CUSTOMER_ORDER_HK" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "CUSTOMER_ORDER_HK" NOT IN (
    SELECT known."CUSTOMER_ORDER_HK"
    FROM "raw_vault"."link_customer_order" AS known
    WHERE known."CUSTOMER_ORDER_HK" IN (SELECT "CUSTOMER_ORDER_HK" FROM "stage"."orders")
  );

SELECT "dv_meta"."put_key"('"raw_vault"."link_customer_order"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "raw_vault"."link_customer_order" ("CUSTOMER_ORDER_HK", "CUSTOMER_HK", "ORDER_FK", "LOAD_DATE", "RECORD_SOURCE");
