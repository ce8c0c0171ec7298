-- hub h_orders: rendered by dv-gen from metadata/model.yml:21.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_orders" (
  "hk_order_no" UUID NOT NULL,
  "order_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_order_no")
);

SELECT "dv_meta"."lift_key"('"vault"."h_orders"');

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT INTO "vault"."h_orders" (
  "hk_order_no",
  "order_no",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT
    "hk_order_no",
    "order_no",
    "load_dt",
    "load_src",
    1 AS "feed no"
  FROM "stage"."orders"
  WHERE "hk_order_no" IS NOT NULL
  UNION ALL
  SELECT DISTINCT
    "hk_order_no",
    "order_no",
    "load_dt",
    "load_src",
    2 AS "feed no"
  FROM "stage"."lines" AS staged
  WHERE "hk_order_no" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "stage"."orders" AS better
      WHERE better."hk_order_no" = staged."hk_order_no"
        AND better."load_dt" = staged."load_dt"
    )
  UNION ALL
  SELECT DISTINCT
    "hk_order_no",
    "order_no",
    "load_dt",
    "load_src",
    3 AS "feed no"
  FROM "stage"."returns" AS staged
  WHERE "hk_order_no" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "stage"."orders" AS better
      WHERE better."hk_order_no" = staged."hk_order_no"
        AND better."load_dt" = staged."load_dt"
    )
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_order_no"
      ORDER BY "load_dt", "feed no", "load_src", "order_no" NULLS LAST
    ) AS "place no"
  FROM "staged" AS staged
  WHERE "hk_order_no" NOT IN (
    SELECT known."hk_order_no"
    FROM "vault"."h_orders" AS known
    WHERE known."hk_order_no" IN (SELECT "hk_order_no" FROM "staged")
  )
)
SELECT
  "hk_order_no",
  "order_no",
  "load_dt",
  "load_src"
FROM "ranked"
WHERE "place no" = 1;

SELECT "dv_meta"."put_key"('"vault"."h_orders"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_orders" ("hk_order_no", "order_no", "load_dt", "load_src");
