-- satellite s_event: rendered by dv-gen from metadata/customers.yml:24.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_event" (
  "hk_customer_no" UUID NOT NULL,
  "seen_at" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_customer_no")
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "vault"."s_event" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"vault"."s_event"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "vault"."s_event" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"vault"."s_event"', lifted.conname);
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
  's_event' AS "entity",
  'crm' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_customer_no' AS "column_name",
  'no key' AS "reason",
  COALESCE(REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("age" AS TEXT), '\N') || '|' || COALESCE(TO_CHAR("seen_at", 'YYYY-MM-DD HH24:MI:SS.US'), '\N') AS "record"
FROM "stage"."crm" AS staged
WHERE staged."hk_customer_no" IS NULL
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_event' AS "entity",
  'shop' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_customer_no' AS "column_name",
  'no key' AS "reason",
  REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') || '|' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|') || '|' || COALESCE(CAST("age" AS TEXT), '\N') || '|' || COALESCE(TO_CHAR("seen_at", 'YYYY-MM-DD HH24:MI:SS.US'), '\N') AS "record"
FROM "stage"."shop" AS staged
WHERE staged."hk_customer_no" IS NULL;

-- Events: once per key, the first that arrives; what they say is never compared.
INSERT INTO "vault"."s_event" (
  "hk_customer_no",
  "seen_at",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT
    "hk_customer_no",
    "seen_at",
    "load_dt",
    "load_src",
    1 AS "source no",
    "row_no" AS "row no"
  FROM "stage"."crm"
  WHERE "hk_customer_no" IS NOT NULL
  UNION ALL
  SELECT
    "hk_customer_no",
    "seen_at",
    "load_dt",
    "load_src",
    2 AS "source no",
    "row_no" AS "row no"
  FROM "stage"."shop"
  WHERE "hk_customer_no" IS NOT NULL
),
"placed" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (PARTITION BY "hk_customer_no" ORDER BY "load_dt", "source no" ASC, "row no" ASC) AS "place no"
  FROM "staged" AS staged
  WHERE "hk_customer_no" NOT IN (
    SELECT known."hk_customer_no"
    FROM "vault"."s_event" AS known
    WHERE known."hk_customer_no" IN (SELECT "hk_customer_no" FROM "staged")
  )
)
SELECT
  "hk_customer_no",
  "seen_at",
  "load_dt",
  "load_src"
FROM "placed"
WHERE "place no" = 1;

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"vault"."s_event"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."s_event" ("hk_customer_no", "seen_at", "load_dt", "load_src");
