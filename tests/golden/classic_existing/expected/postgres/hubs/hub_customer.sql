-- hub hub_customer: rendered by dv-gen from metadata/customers.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."hub_customer" (
  "CUSTOMER_HK" CHAR(32) COLLATE "C" NOT NULL,
  "CUSTOMER_ID" VARCHAR(10) COLLATE "C",
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("CUSTOMER_HK")
);

-- Keys that are stored with another hash than the rule gives them. Asked before the first batch only:
-- a vault that another tool has built can be loaded on if there are none.
SELECT COUNT(*) AS "differing"
FROM "raw_vault"."hub_customer"
WHERE "CUSTOMER_HK" <> UPPER(MD5(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '')));

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "raw_vault"."hub_customer" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"raw_vault"."hub_customer"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "raw_vault"."hub_customer" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"raw_vault"."hub_customer"', lifted.conname);
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
INSERT INTO "raw_vault"."hub_customer" (
  "CUSTOMER_HK",
  "CUSTOMER_ID",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
WITH
"staged" AS (
  SELECT
    "CUSTOMER_HK",
    "CUSTOMER_ID",
    "LOAD_DATE",
    "RECORD_SOURCE",
    1 AS "feed no"
  FROM "stage"."customers"
  WHERE "CUSTOMER_HK" IS NOT NULL
  UNION ALL
  SELECT DISTINCT
    "CUSTOMER_HK",
    "CUSTOMER_ID",
    "LOAD_DATE",
    "RECORD_SOURCE",
    2 AS "feed no"
  FROM "stage"."orders" AS staged
  WHERE "CUSTOMER_HK" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "stage"."customers" AS better
      WHERE better."CUSTOMER_HK" = staged."CUSTOMER_HK"
        AND better."LOAD_DATE" = staged."LOAD_DATE"
    )
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "CUSTOMER_HK"
      ORDER BY "LOAD_DATE", "feed no", "RECORD_SOURCE", "CUSTOMER_ID" NULLS LAST
    ) AS "place no"
  FROM "staged" AS staged
  WHERE "CUSTOMER_HK" NOT IN (
    SELECT known."CUSTOMER_HK"
    FROM "raw_vault"."hub_customer" AS known
    WHERE known."CUSTOMER_HK" IN (SELECT "CUSTOMER_HK" FROM "staged")
  )
)
SELECT
  "CUSTOMER_HK",
  "CUSTOMER_ID",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "ranked"
WHERE "place no" = 1;

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"raw_vault"."hub_customer"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "raw_vault"."hub_customer" ("CUSTOMER_HK", "CUSTOMER_ID", "LOAD_DATE", "RECORD_SOURCE");
