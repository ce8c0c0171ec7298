-- link l_orders: rendered by dv-gen from metadata/model.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_orders" (
  "hk_l_orders" VARBINARY(16) NOT NULL,
  "hk_shop_order_no" VARBINARY(16) NOT NULL,
  "hk_country_customer_no" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_orders") DISABLED
)
ORDER BY "hk_l_orders"
SEGMENTED BY HASH("hk_l_orders") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_orders_staged";

CREATE LOCAL TEMPORARY TABLE "l_orders_staged" ON COMMIT PRESERVE ROWS AS
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
WHERE "hk_l_orders" IS NOT NULL;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_orders')*/ INTO "vault"."l_orders" (
  "hk_l_orders",
  "hk_shop_order_no",
  "hk_country_customer_no",
  "load_dt",
  "load_src"
)
WITH
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_l_orders"
      ORDER BY "load_dt", "feed no", "load_src"
    ) AS "place no"
  FROM "l_orders_staged" AS staged
  WHERE "hk_l_orders" NOT IN (
    SELECT known."hk_l_orders"
    FROM "vault"."l_orders" AS known
    WHERE known."hk_l_orders" IN (SELECT "hk_l_orders" FROM "l_orders_staged" AS "staged")
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

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_orders');
