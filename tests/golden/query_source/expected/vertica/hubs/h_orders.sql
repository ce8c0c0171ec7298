-- hub h_orders: rendered by dv-gen from metadata/customers.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_orders" (
  "hk_order_no" VARBINARY(16) NOT NULL,
  "order_no" VARCHAR(40),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_order_no") DISABLED
)
ORDER BY "hk_order_no"
SEGMENTED BY HASH("hk_order_no") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_orders_repeats";

CREATE LOCAL TEMPORARY TABLE "h_orders_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_order_no" ORDER BY "load_dt", "load_src", "order_no" NULLS LAST) AS "place no"
  FROM "stage"."orders"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_orders')*/ INTO "vault"."h_orders" (
  "hk_order_no",
  "order_no",
  "load_dt",
  "load_src"
)
SELECT
  "hk_order_no",
  "order_no",
  "load_dt",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_order_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_orders_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_orders" AS known
    WHERE known."hk_order_no" = staged."hk_order_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_orders');
