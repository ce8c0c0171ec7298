-- link l_invited: rendered by dv-gen from metadata/users.yml:14.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "dwh"."l_invited" (
  "hub_l_invited" CHAR(64) COLLATE "C" NOT NULL,
  "hub_login" CHAR(64) COLLATE "C" NOT NULL,
  "hub_login_inviter" CHAR(64) COLLATE "C" NOT NULL,
  "ldts" TIMESTAMP NOT NULL,
  "rsrc" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hub_l_invited")
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "dwh"."l_invited" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"dwh"."l_invited"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "dwh"."l_invited" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"dwh"."l_invited"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "dwh"."l_invited" (
  "hub_l_invited",
  "hub_login",
  "hub_login_inviter",
  "ldts",
  "rsrc"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hub_l_invited" ORDER BY "ldts", "rsrc") AS "place"
    FROM "dwh_stage"."users"
    WHERE "row_no" IN (SELECT "row_no" FROM "dwh_stage"."users_repeats")
  ) AS placed
  WHERE "place" > 1
)
SELECT
  "hub_l_invited",
  "hub_login",
  "hub_login_inviter",
  "ldts",
  "rsrc"
FROM "dwh_stage"."users"
WHERE "hub_l_invited" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hub_l_invited" NOT IN (
    SELECT known."hub_l_invited"
    FROM "dwh"."l_invited" AS known
    WHERE known."hub_l_invited" IN (SELECT "hub_l_invited" FROM "dwh_stage"."users")
  );

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"dwh"."l_invited"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "dwh"."l_invited" ("hub_l_invited", "hub_login", "hub_login_inviter", "ldts", "rsrc");
