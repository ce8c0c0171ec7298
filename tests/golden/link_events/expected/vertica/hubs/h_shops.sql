-- hub h_shops: rendered by dv-gen from metadata/model.yml:23.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_shops" (
  "hk_shop_no" VARBINARY(16) NOT NULL,
  "shop_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_shop_no") DISABLED
)
ORDER BY "hk_shop_no"
SEGMENTED BY HASH("hk_shop_no") ALL NODES;

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT /*+LABEL('dv_gen:h_shops')*/ INTO "vault"."h_shops" (
  "hk_shop_no",
  "shop_no",
  "load_dt",
  "load_src"
)
SELECT
  "hk_shop_no",
  "shop_no",
  "load_dt",
  "load_src"
FROM (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_shop_no"
      ORDER BY "load_dt", "feed no", "load_src", "shop_no" NULLS LAST
    ) AS "place no"
  FROM (
    SELECT
      "hk_shop_no",
      "shop" AS "shop_no",
      "load_dt",
      "load_src",
      1 AS "feed no"
    FROM "stage"."sales"
    WHERE "hk_shop_no" IS NOT NULL
    UNION ALL
    SELECT DISTINCT
      "hk_shop_no",
      "shop" AS "shop_no",
      "load_dt",
      "load_src",
      2 AS "feed no"
    FROM "stage"."calls" AS staged
    WHERE "hk_shop_no" IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM "stage"."sales" AS better
        WHERE better."hk_shop_no" = staged."hk_shop_no"
          AND better."load_dt" = staged."load_dt"
      )
    UNION ALL
    SELECT DISTINCT
      "hk_shop_no",
      "shop" AS "shop_no",
      "load_dt",
      "load_src",
      3 AS "feed no"
    FROM "stage"."old_calls" AS staged
    WHERE "hk_shop_no" IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM "stage"."sales" AS better
        WHERE better."hk_shop_no" = staged."hk_shop_no"
          AND better."load_dt" = staged."load_dt"
      )
  ) AS staged
  WHERE NOT EXISTS (
    SELECT 1
    FROM "vault"."h_shops" AS known
    WHERE known."hk_shop_no" = staged."hk_shop_no"
  )
) AS "ranked"
WHERE "place no" = 1;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_shops');
