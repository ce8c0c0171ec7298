-- satellite s_acts: rendered by dv-gen from metadata/log.yml:12.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_acts" (
  "hk_user_id" UUID NOT NULL,
  "at" TIMESTAMP,
  "what" VARCHAR(20) COLLATE "C",
  "weight" DOUBLE PRECISION,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_user_id")
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "vault"."s_acts" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"vault"."s_acts"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "vault"."s_acts" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"vault"."s_acts"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_acts' AS "entity",
  'log' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_user_id' AS "column_name",
  'no key' AS "reason",
  COALESCE(CAST("user_id" AS TEXT), '\N') || '|' || CAST("target_id" AS TEXT) || '|' || TO_CHAR("at", 'YYYY-MM-DD HH24:MI:SS.US') || '|' || COALESCE(REPLACE(REPLACE("what", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("weight" AS TEXT), '\N') AS "record"
FROM "stage"."log" AS staged
WHERE staged."hk_user_id" IS NULL;

-- Events: once per key, the first that arrives; what they say is never compared.
INSERT INTO "vault"."s_acts" (
  "hk_user_id",
  "at",
  "what",
  "weight",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_user_id" ORDER BY "load_dt", "at" ASC NULLS FIRST, "row_no" ASC) AS "place"
    FROM "stage"."log"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."log_repeats")
  ) AS placed
  WHERE "place" > 1
)
SELECT
  staged."hk_user_id",
  staged."at",
  staged."what",
  staged."weight",
  staged."load_dt",
  staged."load_src"
FROM "stage"."log" AS staged
WHERE "hk_user_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_user_id" NOT IN (
    SELECT known."hk_user_id"
    FROM "vault"."s_acts" AS known
    WHERE known."hk_user_id" IN (SELECT "hk_user_id" FROM "stage"."log")
  );

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"vault"."s_acts"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."s_acts" ("hk_user_id", "at", "what", "weight", "load_dt", "load_src");
