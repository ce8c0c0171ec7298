-- hub h_users: rendered by dv-gen from metadata/users.yml:9.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_users" (
  "hk_user_id" UUID NOT NULL,
  "user_id" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_user_id")
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "vault"."h_users" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"vault"."h_users"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "vault"."h_users" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"vault"."h_users"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_users" (
  "hk_user_id",
  "user_id",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_user_id" ORDER BY "load_dt", "load_src", "id" NULLS LAST) AS "place"
    FROM "stage"."users"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."users_repeats")
  ) AS placed
  WHERE "place" > 1
)
SELECT
  "hk_user_id",
  "id" AS "user_id",
  "load_dt",
  "load_src"
FROM "stage"."users"
WHERE "hk_user_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_user_id" NOT IN (
    SELECT known."hk_user_id"
    FROM "vault"."h_users" AS known
    WHERE known."hk_user_id" IN (SELECT "hk_user_id" FROM "stage"."users")
  );

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"vault"."h_users"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_users" ("hk_user_id", "user_id", "load_dt", "load_src");
