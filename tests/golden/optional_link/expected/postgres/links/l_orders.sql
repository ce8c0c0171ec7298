-- link l_orders: rendered by dv-gen from metadata/model.yml:19.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_orders" (
  "hk_l_orders" UUID NOT NULL,
  "hk_order_no" UUID NOT NULL,
  "hk_country_customer_no" UUID NOT NULL,
  "hk_voucher" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_orders")
);

SELECT "dv_meta"."lift_key"('"vault"."l_orders"');

-- New relationships of this batch; a row that lacks one of the other hubs' keys makes none.
INSERT INTO "vault"."l_orders" (
  "hk_l_orders",
  "hk_order_no",
  "hk_country_customer_no",
  "hk_voucher",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_orders" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."orders"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_orders",
  "hk_order_no",
  COALESCE("hk_country_customer_no", '00000000000000000000000000000000'::UUID) AS "hk_country_customer_no",
  COALESCE("hk_voucher", '00000000000000000000000000000000'::UUID) AS "hk_voucher",
  "load_dt",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_l_orders" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_orders" NOT IN (
    SELECT known."hk_l_orders"
    FROM "vault"."l_orders" AS known
    WHERE known."hk_l_orders" IN (SELECT "hk_l_orders" FROM "stage"."orders")
  );

SELECT "dv_meta"."put_key"('"vault"."l_orders"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_orders" ("hk_l_orders", "hk_order_no", "hk_country_customer_no", "hk_voucher", "load_dt", "load_src");
