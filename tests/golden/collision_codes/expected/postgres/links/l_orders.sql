-- link l_orders: rendered by dv-gen from metadata/model.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_orders" (
  "hk_l_orders" UUID NOT NULL,
  "hk_shop_order_no" UUID NOT NULL,
  "hk_country_customer_no" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_orders")
);

SELECT "dv_meta"."lift_key"('"vault"."l_orders"');

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_orders" (
  "hk_l_orders",
  "hk_shop_order_no",
  "hk_country_customer_no",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT
    "hk_l_orders",
    "hk_shop_order_no",
    "hk_country_customer_no",
    "load_dt",
    "load_src",
    1 AS "feed no"
  FROM "stage"."shop_de"
  WHERE "hk_l_orders" IS NOT NULL
  UNION ALL
  SELECT
    "hk_l_orders",
    "hk_shop_order_no",
    "hk_country_customer_no",
    "load_dt",
    "load_src",
    2 AS "feed no"
  FROM "stage"."shop_fr"
  WHERE "hk_l_orders" IS NOT NULL
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_l_orders"
      ORDER BY "load_dt", "feed no", "load_src"
    ) AS "place no"
  FROM "staged" AS staged
  WHERE "hk_l_orders" NOT IN (
    SELECT known."hk_l_orders"
    FROM "vault"."l_orders" AS known
    WHERE known."hk_l_orders" IN (SELECT "hk_l_orders" FROM "staged")
  )
)
SELECT
  "hk_l_orders",
  "hk_shop_order_no",
  "hk_country_customer_no",
  "load_dt",
  "load_src"
FROM "ranked"
WHERE "place no" = 1;

SELECT "dv_meta"."put_key"('"vault"."l_orders"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_orders" ("hk_l_orders", "hk_shop_order_no", "hk_country_customer_no", "load_dt", "load_src");
