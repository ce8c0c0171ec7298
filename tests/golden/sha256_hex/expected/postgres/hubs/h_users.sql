-- hub h_users: rendered by dv-gen from metadata/users.yml:10.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "dwh"."h_users" (
  "hub_login" CHAR(64) COLLATE "C" NOT NULL,
  "login" VARCHAR(20) COLLATE "C",
  "ldts" TIMESTAMP NOT NULL,
  "rsrc" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hub_login")
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "dwh"."h_users" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"dwh"."h_users"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "dwh"."h_users" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"dwh"."h_users"', lifted.conname);
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
INSERT INTO "dwh"."h_users" (
  "hub_login",
  "login",
  "ldts",
  "rsrc"
)
WITH
"staged" AS (
  SELECT
    "hub_login",
    "login",
    "ldts",
    "rsrc",
    1 AS "feed no"
  FROM "dwh_stage"."users"
  WHERE "hub_login" IS NOT NULL
  UNION ALL
  SELECT DISTINCT
    "hub_login_inviter" AS "hub_login",
    "invited_by" AS "login",
    "ldts",
    "rsrc",
    2 AS "feed no"
  FROM "dwh_stage"."users" AS staged
  WHERE "hub_login_inviter" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "dwh_stage"."users" AS better
      WHERE better."hub_login" = staged."hub_login_inviter"
        AND better."ldts" = staged."ldts"
    )
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hub_login"
      ORDER BY "ldts", "feed no", "rsrc", "login" NULLS LAST
    ) AS "place no"
  FROM "staged" AS staged
  WHERE "hub_login" NOT IN (
    SELECT known."hub_login"
    FROM "dwh"."h_users" AS known
    WHERE known."hub_login" IN (SELECT "hub_login" FROM "staged")
  )
)
SELECT
  "hub_login",
  "login",
  "ldts",
  "rsrc"
FROM "ranked"
WHERE "place no" = 1;

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"dwh"."h_users"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "dwh"."h_users" ("hub_login", "login", "ldts", "rsrc");
