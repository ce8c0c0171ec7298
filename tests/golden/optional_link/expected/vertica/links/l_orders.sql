-- link l_orders: rendered by dv-gen from metadata/model.yml:19.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_orders" (
  "hk_l_orders" VARBINARY(16) NOT NULL,
  "hk_order_no" VARBINARY(16) NOT NULL,
  "hk_country_customer_no" VARBINARY(16) NOT NULL,
  "hk_voucher" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_orders") DISABLED
)
ORDER BY "hk_l_orders"
SEGMENTED BY HASH("hk_l_orders") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_orders_repeats";

CREATE LOCAL TEMPORARY TABLE "l_orders_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_orders" ORDER BY "load_dt", "load_src") AS "place no"
  FROM "stage"."orders"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the other hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_orders')*/ INTO "vault"."l_orders" (
  "hk_l_orders",
  "hk_order_no",
  "hk_country_customer_no",
  "hk_voucher",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_orders",
  "hk_order_no",
  COALESCE("hk_country_customer_no", HEX_TO_BINARY('00000000000000000000000000000000')) AS "hk_country_customer_no",
  COALESCE("hk_voucher", HEX_TO_BINARY('00000000000000000000000000000000')) AS "hk_voucher",
  "load_dt",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_l_orders" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_orders_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_orders" AS known
    WHERE known."hk_l_orders" = staged."hk_l_orders"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_orders');
