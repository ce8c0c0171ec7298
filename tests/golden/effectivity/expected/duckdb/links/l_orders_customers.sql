-- link l_orders_customers: rendered by dv-gen from metadata/orders.yml:27.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_orders_customers" (
  "hk_l_orders_customers" UUID NOT NULL,
  "hk_order_no" UUID NOT NULL,
  "hk_customer_no" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_orders_customers" (
  "hk_l_orders_customers",
  "hk_order_no",
  "hk_customer_no",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_orders_customers" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."orders"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_orders_customers",
  "hk_order_no",
  "hk_customer_no",
  "load_dt",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_l_orders_customers" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_orders_customers" NOT IN (
    SELECT known."hk_l_orders_customers"
    FROM "vault"."l_orders_customers" AS known
    WHERE known."hk_l_orders_customers" IN (SELECT "hk_l_orders_customers" FROM "stage"."orders")
  );
