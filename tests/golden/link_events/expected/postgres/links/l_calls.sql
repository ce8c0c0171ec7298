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

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "vault"."l_calls" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"vault"."l_calls"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "vault"."l_calls" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"vault"."l_calls"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

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

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"vault"."l_calls"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_calls" ("hk_l_calls", "hk_customer_no", "hk_shop_no", "lasted", "at", "load_dt", "load_src");
