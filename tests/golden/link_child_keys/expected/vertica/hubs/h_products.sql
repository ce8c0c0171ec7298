-- hub h_products: rendered by dv-gen from metadata/lines.yml:14.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_products" (
  "hk_product_no" VARBINARY(16) NOT NULL,
  "product_no" VARCHAR(80),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_product_no") DISABLED
)
ORDER BY "hk_product_no"
SEGMENTED BY HASH("hk_product_no") ALL NODES;

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT /*+LABEL('dv_gen:h_products')*/ INTO "vault"."h_products" (
  "hk_product_no",
  "product_no",
  "load_dt",
  "load_src"
)
SELECT
  "hk_product_no",
  "product_no",
  "load_dt",
  "load_src"
FROM (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_product_no"
      ORDER BY "load_dt", "feed no", "load_src", "product_no" NULLS LAST
    ) AS "place no"
  FROM (
    SELECT DISTINCT
      "hk_product_no",
      "product" AS "product_no",
      "load_dt",
      "load_src",
      1 AS "feed no"
    FROM "stage"."lines"
    WHERE "hk_product_no" IS NOT NULL
    UNION ALL
    SELECT DISTINCT
      "hk_product_no",
      "product" AS "product_no",
      "load_dt",
      "load_src",
      2 AS "feed no"
    FROM "stage"."old_lines"
    WHERE "hk_product_no" IS NOT NULL
  ) AS staged
  WHERE NOT EXISTS (
    SELECT 1
    FROM "vault"."h_products" AS known
    WHERE known."hk_product_no" = staged."hk_product_no"
  )
) AS "ranked"
WHERE "place no" = 1;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_products');
