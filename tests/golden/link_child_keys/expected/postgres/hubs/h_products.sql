-- hub h_products: rendered by dv-gen from metadata/lines.yml:14.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_products" (
  "hk_product_no" UUID NOT NULL,
  "product_no" VARCHAR(20) COLLATE "C",
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_product_no")
);

SELECT "dv_meta"."lift_key"('"vault"."h_products"');

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT INTO "vault"."h_products" (
  "hk_product_no",
  "product_no",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
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
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_product_no"
      ORDER BY "load_dt", "feed no", "load_src", "product_no" NULLS LAST
    ) AS "place no"
  FROM "staged" AS staged
  WHERE "hk_product_no" NOT IN (
    SELECT known."hk_product_no"
    FROM "vault"."h_products" AS known
    WHERE known."hk_product_no" IN (SELECT "hk_product_no" FROM "staged")
  )
)
SELECT
  "hk_product_no",
  "product_no",
  "load_dt",
  "load_src"
FROM "ranked"
WHERE "place no" = 1;

SELECT "dv_meta"."put_key"('"vault"."h_products"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_products" ("hk_product_no", "product_no", "load_dt", "load_src");
