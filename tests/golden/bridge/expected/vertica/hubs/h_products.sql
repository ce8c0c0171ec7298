-- hub h_products: rendered by dv-gen from metadata/model.yml:23.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_products" (
  "hk_product" VARBINARY(16) NOT NULL,
  "product" VARCHAR(80),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_product") DISABLED
)
ORDER BY "hk_product"
SEGMENTED BY HASH("hk_product") ALL NODES;

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT /*+LABEL('dv_gen:h_products')*/ INTO "vault"."h_products" (
  "hk_product",
  "product",
  "load_dt",
  "load_src"
)
SELECT
  "hk_product",
  "product",
  "load_dt",
  "load_src"
FROM (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_product"
      ORDER BY "load_dt", "feed no", "load_src", "product" NULLS LAST
    ) AS "place no"
  FROM (
    SELECT DISTINCT
      "hk_product",
      "product",
      "load_dt",
      "load_src",
      1 AS "feed no"
    FROM "stage"."lines"
    WHERE "hk_product" IS NOT NULL
    UNION ALL
    SELECT DISTINCT
      "hk_product",
      "product",
      "load_dt",
      "load_src",
      2 AS "feed no"
    FROM "stage"."returns"
    WHERE "hk_product" IS NOT NULL
  ) AS staged
  WHERE NOT EXISTS (
    SELECT 1
    FROM "vault"."h_products" AS known
    WHERE known."hk_product" = staged."hk_product"
  )
) AS "ranked"
WHERE "place no" = 1;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_products');
