-- link l_calls: rendered by dv-gen from metadata/model.yml:28.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_calls" (
  "hk_l_calls" UUID NOT NULL,
  "hk_customer_no" UUID NOT NULL,
  "hk_shop_no" UUID NOT NULL,
  "lasted" INTEGER,
  "at" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_calls")
);

SELECT "dv_meta"."lift_key"('"vault"."l_calls"');

-- Events: once per key, the first that arrives; what they say is never compared.
-- A row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_calls" (
  "hk_l_calls",
  "hk_customer_no",
  "hk_shop_no",
  "lasted",
  "at",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT
    "hk_l_calls",
    "hk_customer_no",
    "hk_shop_no",
    "minutes" AS "lasted",
    "at",
    "load_dt",
    "load_src",
    "at" AS "order 1",
    "row_no" AS "order 2",
    1 AS "feed no"
  FROM "stage"."calls"
  WHERE "hk_l_calls" IS NOT NULL
  UNION ALL
  SELECT
    "hk_l_calls",
    "hk_customer_no",
    "hk_shop_no",
    "minutes" AS "lasted",
    "at",
    "load_dt",
    "load_src",
    "at" AS "order 1",
    "row_no" AS "order 2",
    2 AS "feed no"
  FROM "stage"."old_calls"
  WHERE "hk_l_calls" IS NOT NULL
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_l_calls"
      ORDER BY "load_dt", "feed no", "order 1" NULLS FIRST, "order 2"
    ) AS "place no"
  FROM "staged" AS staged
  WHERE "hk_l_calls" NOT IN (
    SELECT known."hk_l_calls"
    FROM "vault"."l_calls" AS known
    WHERE known."hk_l_calls" IN (SELECT "hk_l_calls" FROM "staged")
  )
)
SELECT
  "hk_l_calls",
  "hk_customer_no",
  "hk_shop_no",
  "lasted",
  "at",
  "load_dt",
  "load_src"
FROM "ranked"
WHERE "place no" = 1;

SELECT "dv_meta"."put_key"('"vault"."l_calls"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_calls" ("hk_l_calls", "hk_customer_no", "hk_shop_no", "lasted", "at", "load_dt", "load_src");
