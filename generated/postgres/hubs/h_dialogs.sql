-- hub h_dialogs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:4.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_dialogs" (
  "hk_message_id" UUID NOT NULL,
  "message_id" INTEGER,
  "message_ts" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_message_id")
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "vault"."h_dialogs" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"vault"."h_dialogs"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "vault"."h_dialogs" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"vault"."h_dialogs"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_dialogs" (
  "hk_message_id",
  "message_id",
  "message_ts",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_message_id" ORDER BY "load_dt", "load_src", "message_id" NULLS LAST, "message_ts" NULLS LAST) AS "place"
    FROM "stage"."dialogs"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."dialogs_repeats")
  ) AS placed
  WHERE "place" > 1
)
SELECT
  "hk_message_id",
  "message_id",
  "message_ts",
  "load_dt",
  "load_src"
FROM "stage"."dialogs"
WHERE "hk_message_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_message_id" NOT IN (
    SELECT known."hk_message_id"
    FROM "vault"."h_dialogs" AS known
    WHERE known."hk_message_id" IN (SELECT "hk_message_id" FROM "stage"."dialogs")
  );

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"vault"."h_dialogs"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_dialogs" ("hk_message_id", "message_id", "message_ts", "load_dt", "load_src");
