-- link l_orders_customers: rendered by dv-gen from metadata/orders.yml:27.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_orders_customers" (
  "hk_l_orders_customers" VARBINARY(16) NOT NULL,
  "hk_order_no" VARBINARY(16) NOT NULL,
  "hk_customer_no" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_orders_customers") DISABLED
)
ORDER BY "hk_l_orders_customers"
SEGMENTED BY HASH("hk_l_orders_customers") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_orders_customers_repeats";

CREATE LOCAL TEMPORARY TABLE "l_orders_customers_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_orders_customers" ORDER BY "load_dt", "load_src") AS "place no"
  FROM "stage"."orders"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_orders_customers')*/ INTO "vault"."l_orders_customers" (
  "hk_l_orders_customers",
  "hk_order_no",
  "hk_customer_no",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_orders_customers",
  "hk_order_no",
  "hk_customer_no",
  "load_dt",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_l_orders_customers" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_orders_customers_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_orders_customers" AS known
    WHERE known."hk_l_orders_customers" = staged."hk_l_orders_customers"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_orders_customers');
