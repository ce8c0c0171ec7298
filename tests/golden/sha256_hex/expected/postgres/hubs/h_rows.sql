-- hub h_rows: rendered by dv-gen from metadata/users.yml:11.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "dwh"."h_rows" (
  "hub_row_id" CHAR(64) COLLATE "C" NOT NULL,
  "row_id" CHAR(64) COLLATE "C",
  "ldts" TIMESTAMP NOT NULL,
  "rsrc" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hub_row_id")
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "dwh"."h_rows" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"dwh"."h_rows"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "dwh"."h_rows" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"dwh"."h_rows"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

-- New business keys of this batch: per key the earliest row.
INSERT INTO "dwh"."h_rows" (
  "hub_row_id",
  "row_id",
  "ldts",
  "rsrc"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hub_row_id" ORDER BY "ldts", "rsrc", "row_id" NULLS LAST) AS "place"
    FROM "dwh_stage"."users"
    WHERE "hub_row_id" IN (SELECT "hub_row_id" FROM "dwh_stage"."users" GROUP BY "hub_row_id" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place" > 1
)
SELECT
  "hub_row_id",
  "row_id",
  "ldts",
  "rsrc"
FROM "dwh_stage"."users"
WHERE "hub_row_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hub_row_id" NOT IN (
    SELECT known."hub_row_id"
    FROM "dwh"."h_rows" AS known
    WHERE known."hub_row_id" IN (SELECT "hub_row_id" FROM "dwh_stage"."users")
  );

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"dwh"."h_rows"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "dwh"."h_rows" ("hub_row_id", "row_id", "ldts", "rsrc");
