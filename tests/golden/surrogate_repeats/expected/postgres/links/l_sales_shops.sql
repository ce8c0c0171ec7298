-- link l_sales_shops: rendered by dv-gen from metadata/sales.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_sales_shops" (
  "hk_l_sales_shops" UUID NOT NULL,
  "hk_sale_id" UUID NOT NULL,
  "hk_shop_no" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_sales_shops")
);

SELECT "dv_meta"."lift_key"('"vault"."l_sales_shops"');

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_sales_shops" (
  "hk_l_sales_shops",
  "hk_sale_id",
  "hk_shop_no",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_sales_shops" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."sales"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."sales_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_sales_shops",
  "hk_sale_id",
  "hk_shop_no",
  "load_dt",
  "load_src"
FROM "stage"."sales" AS staged
WHERE "hk_l_sales_shops" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_sales_shops" NOT IN (
    SELECT known."hk_l_sales_shops"
    FROM "vault"."l_sales_shops" AS known
    WHERE known."hk_l_sales_shops" IN (SELECT "hk_l_sales_shops" FROM "stage"."sales")
  );

SELECT "dv_meta"."put_key"('"vault"."l_sales_shops"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_sales_shops" ("hk_l_sales_shops", "hk_sale_id", "hk_shop_no", "load_dt", "load_src");
