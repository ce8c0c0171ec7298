-- link l_admins: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:10.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_admins" (
  "hk_l_admins" UUID NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hk_group_id" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_admins")
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "vault"."l_admins" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"vault"."l_admins"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "vault"."l_admins" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"vault"."l_admins"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_admins" (
  "hk_l_admins",
  "hk_user_id",
  "hk_group_id",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_admins" ORDER BY "load_dt", "load_src") AS "place"
    FROM "stage"."groups"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."groups_repeats")
  ) AS placed
  WHERE "place" > 1
)
SELECT
  "hk_l_admins",
  "hk_user_id",
  "hk_group_id",
  "load_dt",
  "load_src"
FROM "stage"."groups"
WHERE "hk_l_admins" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_admins" NOT IN (
    SELECT known."hk_l_admins"
    FROM "vault"."l_admins" AS known
    WHERE known."hk_l_admins" IN (SELECT "hk_l_admins" FROM "stage"."groups")
  );

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"vault"."l_admins"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_admins" ("hk_l_admins", "hk_user_id", "hk_group_id", "load_dt", "load_src");
