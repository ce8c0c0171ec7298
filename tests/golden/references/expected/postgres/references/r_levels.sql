-- reference r_levels: rendered by dv-gen from metadata/codes.yml:18.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."r_levels" (
  "level" INTEGER NOT NULL,
  "title" VARCHAR(20) COLLATE "C",
  "weight" DOUBLE PRECISION,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("level")
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "vault"."r_levels" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"vault"."r_levels"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "vault"."r_levels" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"vault"."r_levels"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

-- Once per code, the first row that arrives; what it says is never compared.
INSERT INTO "vault"."r_levels" (
  "level",
  "title",
  "weight",
  "load_dt",
  "load_src"
)
WITH
"stored" AS (
  SELECT
    stored."level"
  FROM "vault"."r_levels" AS stored
  WHERE EXISTS (SELECT 1 FROM "stage"."levels" AS staged WHERE staged."level" = stored."level")
),
"placed" AS (
  SELECT
    "level",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "level" ORDER BY "load_dt", "row_no" ASC) AS "place"
  FROM "stage"."levels"
  WHERE "level" IS NOT NULL
),
"new" AS (
  SELECT placed."row_no"
  FROM "placed" AS placed
  WHERE placed."place" = 1
    AND NOT EXISTS (SELECT 1 FROM "stored" AS stored WHERE stored."level" = placed."level")
)
SELECT
  staged."level",
  staged."title",
  staged."weight",
  staged."load_dt",
  staged."load_src"
FROM "stage"."levels" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "new");

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"vault"."r_levels"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."r_levels" ("level", "title", "weight", "load_dt", "load_src");
