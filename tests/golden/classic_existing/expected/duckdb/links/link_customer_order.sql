-- link link_customer_order: rendered by dv-gen from metadata/customers.yml:19.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."link_customer_order" (
  "CUSTOMER_ORDER_HK" CHAR(32) NOT NULL,
  "CUSTOMER_HK" CHAR(32) NOT NULL,
  "ORDER_FK" CHAR(32) NOT NULL,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) NOT NULL
);

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
