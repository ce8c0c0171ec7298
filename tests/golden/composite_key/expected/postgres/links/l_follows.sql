-- link l_follows: rendered by dv-gen from metadata/orders.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_follows" (
  "hk_l_follows" UUID NOT NULL,
  "hk_company_no_order_no" UUID NOT NULL,
  "hk_company_no_order_no_predecessor" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_follows")
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "vault"."l_follows" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"vault"."l_follows"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "vault"."l_follows" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"vault"."l_follows"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_follows" (
  "hk_l_follows",
  "hk_company_no_order_no",
  "hk_company_no_order_no_predecessor",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_follows" ORDER BY "load_dt", "load_src") AS "place"
    FROM "stage"."orders"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
  ) AS placed
  WHERE "place" > 1
)
SELECT
  "hk_l_follows",
  "hk_company_no_order_no",
  "hk_company_no_order_no_predecessor",
  "load_dt",
  "load_src"
FROM "stage"."orders"
WHERE "hk_l_follows" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_follows" NOT IN (
    SELECT known."hk_l_follows"
    FROM "vault"."l_follows" AS known
    WHERE known."hk_l_follows" IN (SELECT "hk_l_follows" FROM "stage"."orders")
  );

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"vault"."l_follows"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_follows" ("hk_l_follows", "hk_company_no_order_no", "hk_company_no_order_no_predecessor", "load_dt", "load_src");
