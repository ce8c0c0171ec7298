-- hub hub_order: rendered by dv-gen from metadata/customers.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."hub_order" (
  "ORDER_HK" CHAR(32) COLLATE "C" NOT NULL,
  "ORDER_ID" INTEGER,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("ORDER_HK")
);

-- Keys that are stored with another hash than the rule gives them. Asked before the first batch only:
-- a vault that another tool has built can be loaded on if there are none.
SELECT COUNT(*) AS "differing"
FROM "raw_vault"."hub_order"
WHERE "ORDER_HK" <> UPPER(MD5(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("ORDER_ID" AS TEXT)) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '')));

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "raw_vault"."hub_order" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"raw_vault"."hub_order"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "raw_vault"."hub_order" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"raw_vault"."hub_order"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

-- New business keys of this batch: per key the earliest row.
INSERT INTO "raw_vault"."hub_order" (
  "ORDER_HK",
  "ORDER_ID",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "ORDER_HK" ORDER BY "LOAD_DATE", "RECORD_SOURCE", "ORDER_ID" NULLS LAST) AS "place"
    FROM "stage"."orders"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
  ) AS placed
  WHERE "place" > 1
)
SELECT
  "ORDER_HK",
  "ORDER_ID",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "stage"."orders"
WHERE "ORDER_HK" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "ORDER_HK" NOT IN (
    SELECT known."ORDER_HK"
    FROM "raw_vault"."hub_order" AS known
    WHERE known."ORDER_HK" IN (SELECT "ORDER_HK" FROM "stage"."orders")
  );

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"raw_vault"."hub_order"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "raw_vault"."hub_order" ("ORDER_HK", "ORDER_ID", "LOAD_DATE", "RECORD_SOURCE");
