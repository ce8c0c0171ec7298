-- hub h_group_logs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:5.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_group_logs" (
  "hk_group_log_id" UUID NOT NULL,
  "group_log_id" UUID,
  "datetime" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_group_log_id")
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "vault"."h_group_logs" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"vault"."h_group_logs"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "vault"."h_group_logs" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"vault"."h_group_logs"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_group_logs" (
  "hk_group_log_id",
  "group_log_id",
  "datetime",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_group_log_id" ORDER BY "load_dt", "load_src", "id" NULLS LAST, "datetime" NULLS LAST) AS "place"
    FROM "stage"."group_log"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."group_log_repeats")
  ) AS placed
  WHERE "place" > 1
)
SELECT
  "hk_group_log_id",
  "id" AS "group_log_id",
  "datetime",
  "load_dt",
  "load_src"
FROM "stage"."group_log"
WHERE "hk_group_log_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_group_log_id" NOT IN (
    SELECT known."hk_group_log_id"
    FROM "vault"."h_group_logs" AS known
    WHERE known."hk_group_log_id" IN (SELECT "hk_group_log_id" FROM "stage"."group_log")
  );

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"vault"."h_group_logs"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_group_logs" ("hk_group_log_id", "group_log_id", "datetime", "load_dt", "load_src");
