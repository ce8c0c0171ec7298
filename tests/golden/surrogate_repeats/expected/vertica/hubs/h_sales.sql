-- hub h_sales: rendered by dv-gen from metadata/sales.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_sales" (
  "hk_sale_id" VARBINARY(16) NOT NULL,
  "sale_id" VARBINARY(16),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_sale_id") DISABLED
)
ORDER BY "hk_sale_id"
SEGMENTED BY HASH("hk_sale_id") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_sales_repeats";

CREATE LOCAL TEMPORARY TABLE "h_sales_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_sale_id" ORDER BY "load_dt", "load_src", "sale_id" NULLS LAST) AS "place no"
  FROM "stage"."sales"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."sales_repeats")
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_sales')*/ INTO "vault"."h_sales" (
  "hk_sale_id",
  "sale_id",
  "load_dt",
  "load_src"
)
SELECT
  "hk_sale_id",
  "sale_id",
  "load_dt",
  "load_src"
FROM "stage"."sales" AS staged
WHERE "hk_sale_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_sales_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_sales" AS known
    WHERE known."hk_sale_id" = staged."hk_sale_id"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_sales');
