-- link l_uses: rendered by dv-gen from metadata/model.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_uses" (
  "hk_l_uses" UUID NOT NULL,
  "hk_voucher" UUID NOT NULL,
  "hk_country_customer_no" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_uses")
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "vault"."l_uses" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"vault"."l_uses"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "vault"."l_uses" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"vault"."l_uses"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

-- New relationships of this batch; a row that lacks one of the other hubs' keys makes none.
INSERT INTO "vault"."l_uses" (
  "hk_l_uses",
  "hk_voucher",
  "hk_country_customer_no",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_uses" ORDER BY "load_dt", "load_src") AS "place"
    FROM "stage"."orders"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
  ) AS placed
  WHERE "place" > 1
)
SELECT
  "hk_l_uses",
  COALESCE("hk_voucher", '00000000000000000000000000000000'::UUID) AS "hk_voucher",
  COALESCE("hk_country_customer_no", '00000000000000000000000000000000'::UUID) AS "hk_country_customer_no",
  "load_dt",
  "load_src"
FROM "stage"."orders"
WHERE "hk_l_uses" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_uses" NOT IN (
    SELECT known."hk_l_uses"
    FROM "vault"."l_uses" AS known
    WHERE known."hk_l_uses" IN (SELECT "hk_l_uses" FROM "stage"."orders")
  );

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"vault"."l_uses"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_uses" ("hk_l_uses", "hk_voucher", "hk_country_customer_no", "load_dt", "load_src");
