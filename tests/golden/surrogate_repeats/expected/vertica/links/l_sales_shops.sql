-- link l_sales_shops: rendered by dv-gen from metadata/sales.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_sales_shops" (
  "hk_l_sales_shops" VARBINARY(16) NOT NULL,
  "hk_sale_id" VARBINARY(16) NOT NULL,
  "hk_shop_no" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_sales_shops") DISABLED
)
ORDER BY "hk_l_sales_shops"
SEGMENTED BY HASH("hk_l_sales_shops") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_sales_shops_repeats";

CREATE LOCAL TEMPORARY TABLE "l_sales_shops_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_sales_shops" ORDER BY "load_dt", "load_src") AS "place no"
  FROM "stage"."sales"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."sales_repeats")
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_sales_shops')*/ INTO "vault"."l_sales_shops" (
  "hk_l_sales_shops",
  "hk_sale_id",
  "hk_shop_no",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_sales_shops",
  "hk_sale_id",
  "hk_shop_no",
  "load_dt",
  "load_src"
FROM "stage"."sales" AS staged
WHERE "hk_l_sales_shops" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_sales_shops_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_sales_shops" AS known
    WHERE known."hk_l_sales_shops" = staged."hk_l_sales_shops"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_sales_shops');
