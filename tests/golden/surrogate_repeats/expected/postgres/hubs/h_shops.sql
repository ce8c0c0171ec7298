-- hub h_shops: rendered by dv-gen from metadata/sales.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_shops" (
  "hk_shop_no" UUID NOT NULL,
  "shop_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_shop_no")
);

SELECT "dv_meta"."lift_key"('"vault"."h_shops"');

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT INTO "vault"."h_shops" (
  "hk_shop_no",
  "shop_no",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT DISTINCT
    "hk_shop_no",
    "shop" AS "shop_no",
    "load_dt",
    "load_src",
    1 AS "feed no"
  FROM "stage"."sales"
  WHERE "hk_shop_no" IS NOT NULL
  UNION ALL
  SELECT
    "hk_shop_no",
    "shop" AS "shop_no",
    "load_dt",
    "load_src",
    2 AS "feed no"
  FROM (
    SELECT
      delivered.*,
      MD5(CAST("shop" AS TEXT))::UUID AS "hk_shop_no"
    FROM (
      SELECT DISTINCT
        "shop",
        "load_dt",
        "load_src"
      FROM "stage"."visits"
    ) AS delivered
  ) AS staged
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_shop_no"
      ORDER BY "load_dt", "feed no", "load_src", "shop_no" NULLS LAST
    ) AS "place no"
  FROM "staged" AS staged
  WHERE "hk_shop_no" NOT IN (
    SELECT known."hk_shop_no"
    FROM "vault"."h_shops" AS known
    WHERE known."hk_shop_no" IN (SELECT "hk_shop_no" FROM "staged")
  )
)
SELECT
  "hk_shop_no",
  "shop_no",
  "load_dt",
  "load_src"
FROM "ranked"
WHERE "place no" = 1;

SELECT "dv_meta"."put_key"('"vault"."h_shops"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_shops" ("hk_shop_no", "shop_no", "load_dt", "load_src");
