-- hub h_places: rendered by dv-gen from metadata/users.yml:10.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_places" (
  "hk_country_zip" UUID NOT NULL,
  "country" VARCHAR(2) COLLATE "C",
  "zip" VARCHAR(10) COLLATE "C",
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_country_zip")
);

-- Keys that are stored with another hash than the rule gives them. Asked before the first batch only:
-- a vault that another tool has built can be loaded on if there are none.
SELECT COUNT(*) AS "differing"
FROM "vault"."h_places"
WHERE "hk_country_zip" <> MD5(NULLIF(COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "country") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') || '||' || COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "zip") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^'), '^^||^^'))::UUID;

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "vault"."h_places" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"vault"."h_places"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "vault"."h_places" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"vault"."h_places"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_places" (
  "hk_country_zip",
  "country",
  "zip",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_country_zip" ORDER BY "load_dt", "load_src", "country" NULLS LAST, "zip" NULLS LAST) AS "place"
    FROM "stage"."users"
    WHERE "hk_country_zip" IN (SELECT "hk_country_zip" FROM "stage"."users" GROUP BY "hk_country_zip" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place" > 1
)
SELECT
  "hk_country_zip",
  "country",
  "zip",
  "load_dt",
  "load_src"
FROM "stage"."users"
WHERE "hk_country_zip" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_country_zip" NOT IN (
    SELECT known."hk_country_zip"
    FROM "vault"."h_places" AS known
    WHERE known."hk_country_zip" IN (SELECT "hk_country_zip" FROM "stage"."users")
  );

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"vault"."h_places"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_places" ("hk_country_zip", "country", "zip", "load_dt", "load_src");
