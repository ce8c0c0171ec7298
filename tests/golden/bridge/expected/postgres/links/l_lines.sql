-- link l_lines: rendered by dv-gen from metadata/model.yml:28.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_lines" (
  "hk_l_lines" UUID NOT NULL,
  "hk_order_no" UUID NOT NULL,
  "hk_product" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_lines")
);

SELECT "dv_meta"."lift_key"('"vault"."l_lines"');

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_lines" (
  "hk_l_lines",
  "hk_order_no",
  "hk_product",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT
    "hk_l_lines",
    "hk_order_no",
    "hk_product",
    "load_dt",
    "load_src",
    1 AS "feed no"
  FROM "stage"."lines"
  WHERE "hk_l_lines" IS NOT NULL
  UNION ALL
  SELECT
    "hk_l_lines",
    "hk_order_no",
    "hk_product",
    "load_dt",
    "load_src",
    2 AS "feed no"
  FROM "stage"."returns"
  WHERE "hk_l_lines" IS NOT NULL
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_l_lines"
      ORDER BY "load_dt", "feed no", "load_src"
    ) AS "place no"
  FROM "staged" AS staged
  WHERE "hk_l_lines" NOT IN (
    SELECT known."hk_l_lines"
    FROM "vault"."l_lines" AS known
    WHERE known."hk_l_lines" IN (SELECT "hk_l_lines" FROM "staged")
  )
)
SELECT
  "hk_l_lines",
  "hk_order_no",
  "hk_product",
  "load_dt",
  "load_src"
FROM "ranked"
WHERE "place no" = 1;

SELECT "dv_meta"."put_key"('"vault"."l_lines"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_lines" ("hk_l_lines", "hk_order_no", "hk_product", "load_dt", "load_src");
