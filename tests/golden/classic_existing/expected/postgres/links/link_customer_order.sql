-- link link_customer_order: rendered by dv-gen from metadata/customers.yml:19.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."link_customer_order" (
  "CUSTOMER_ORDER_HK" CHAR(32) COLLATE "C" NOT NULL,
  "CUSTOMER_HK" CHAR(32) COLLATE "C" NOT NULL,
  "ORDER_FK" CHAR(32) COLLATE "C" NOT NULL,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("CUSTOMER_ORDER_HK")
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "raw_vault"."link_customer_order" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"raw_vault"."link_customer_order"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "raw_vault"."link_customer_order" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"raw_vault"."link_customer_order"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "raw_vault"."link_customer_order" (
  "CUSTOMER_ORDER_HK",
  "CUSTOMER_HK",
  "ORDER_FK",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "CUSTOMER_ORDER_HK" ORDER BY "LOAD_DATE", "RECORD_SOURCE", "CUSTOMER_HK", "ORDER_HK") AS "place"
    FROM "stage"."orders"
    WHERE "CUSTOMER_ORDER_HK" IN (SELECT "CUSTOMER_ORDER_HK" FROM "stage"."orders" GROUP BY "CUSTOMER_ORDER_HK" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place" > 1
)
SELECT
  "CUSTOMER_ORDER_HK",
  "CUSTOMER_HK",
  "ORDER_HK" AS "ORDER_FK",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "stage"."orders"
WHERE "CUSTOMER_ORDER_HK" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "CUSTOMER_ORDER_HK" NOT IN (
    SELECT known."CUSTOMER_ORDER_HK"
    FROM "raw_vault"."link_customer_order" AS known
    WHERE known."CUSTOMER_ORDER_HK" IN (SELECT "CUSTOMER_ORDER_HK" FROM "stage"."orders")
  );

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"raw_vault"."link_customer_order"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "raw_vault"."link_customer_order" ("CUSTOMER_ORDER_HK", "CUSTOMER_HK", "ORDER_FK", "LOAD_DATE", "RECORD_SOURCE");
