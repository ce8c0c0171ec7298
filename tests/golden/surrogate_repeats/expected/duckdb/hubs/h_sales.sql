-- hub h_sales: rendered by dv-gen from metadata/sales.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_sales" (
  "hk_sale_id" UUID NOT NULL,
  "sale_id" UUID,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_sales" (
  "hk_sale_id",
  "sale_id",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_sale_id" ORDER BY "load_dt", "load_src", "sale_id" NULLS LAST) AS "place no"
    FROM "stage"."sales"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."sales_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_sale_id",
  "sale_id",
  "load_dt",
  "load_src"
FROM "stage"."sales" AS staged
WHERE "hk_sale_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_sale_id" NOT IN (
    SELECT known."hk_sale_id"
    FROM "vault"."h_sales" AS known
    WHERE known."hk_sale_id" IN (SELECT "hk_sale_id" FROM "stage"."sales")
  );
