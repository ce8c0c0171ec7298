-- hub h_teams: rendered by dv-gen from metadata/model.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_teams" (
  "hk_team" UUID NOT NULL,
  "team" VARCHAR(20) COLLATE "C",
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_team")
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "vault"."h_teams" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"vault"."h_teams"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "vault"."h_teams" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"vault"."h_teams"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_teams" (
  "hk_team",
  "team",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_team" ORDER BY "load_dt", "load_src", "team" NULLS LAST) AS "place"
    FROM "stage"."staff"
    WHERE "hk_team" IN (SELECT "hk_team" FROM "stage"."staff" GROUP BY "hk_team" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place" > 1
)
SELECT
  "hk_team",
  "team",
  "load_dt",
  "load_src"
FROM "stage"."staff"
WHERE "hk_team" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_team" NOT IN (
    SELECT known."hk_team"
    FROM "vault"."h_teams" AS known
    WHERE known."hk_team" IN (SELECT "hk_team" FROM "stage"."staff")
  );

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"vault"."h_teams"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_teams" ("hk_team", "team", "load_dt", "load_src");
