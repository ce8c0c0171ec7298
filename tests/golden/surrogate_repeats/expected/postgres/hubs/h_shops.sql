-- hub h_shops: rendered by dv-gen from metadata/sales.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_shops" (
  "hk_shop_no" UUID NOT NULL,
  "shop_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_shop_no")
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "vault"."h_shops" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"vault"."h_shops"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "vault"."h_shops" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"vault"."h_shops"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

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

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"vault"."h_shops"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_shops" ("hk_shop_no", "shop_no", "load_dt", "load_src");
