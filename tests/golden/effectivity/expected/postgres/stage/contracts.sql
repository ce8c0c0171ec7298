-- stage contracts: rendered by dv-gen from metadata/orders.yml:14.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."contracts";

CREATE TABLE "stage"."contracts" (
  "customer" VARCHAR(20) COLLATE "C" NOT NULL,
  "person" INTEGER NOT NULL,
  "valid_from" DATE NOT NULL,
  "valid_to" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_customer_no" UUID,
  "hk_person_no" UUID NOT NULL,
  "hk_l_contracts" UUID
);

DROP TABLE IF EXISTS "stage"."contracts_repeats";

CREATE TABLE "stage"."contracts_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_contracts";

CREATE TEMPORARY TABLE "raw_contracts" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "customer" TEXT COLLATE "C",
  "person" TEXT COLLATE "C",
  "valid_from" TEXT COLLATE "C",
  "valid_to" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_contracts";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_contracts" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."contracts" (
  "customer",
  "person",
  "valid_from",
  "valid_to",
  "load_dt",
  "load_src",
  "row_no",
  "hk_customer_no",
  "hk_person_no",
  "hk_l_contracts"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_contracts") + 1 AS "row_no",
    raw."customer" AS "customer",
    raw."person" AS "person text",
    CASE WHEN PG_INPUT_IS_VALID(raw."person", 'integer') THEN CAST(raw."person" AS INTEGER) END AS "person",
    raw."valid_from" AS "valid_from text",
    CASE WHEN PG_INPUT_IS_VALID(raw."valid_from", 'date') THEN CAST(raw."valid_from" AS DATE) END AS "valid_from",
    raw."valid_to" AS "valid_to text",
    CASE WHEN PG_INPUT_IS_VALID(raw."valid_to", 'timestamp') THEN CAST(raw."valid_to" AS TIMESTAMP) END AS "valid_to"
  FROM "raw_contracts" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "customer" IS NOT NULL AND LENGTH("customer") <= 20 AS "customer fits",
    "person text" IS NOT NULL AND "person" IS NOT NULL AND (CAST("person" AS TEXT) = "person text" OR "person text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "person fits",
    "valid_from text" IS NOT NULL AND "valid_from" IS NOT NULL AND "valid_from" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("valid_from" AS TEXT) = "valid_from text" OR "valid_from text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "valid_from fits",
    "valid_to text" IS NULL OR "valid_to" IS NOT NULL AND "valid_to" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("valid_to" AS TEXT) = "valid_to text" OR "valid_to text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "valid_to fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "customer",
    "person",
    "valid_from",
    "valid_to",
    "row_no"
  FROM "checked"
  WHERE "customer fits"
    AND "person fits"
    AND "valid_from fits"
    AND "valid_to fits"
)
SELECT
  "customer",
  "person",
  "valid_from",
  "valid_to",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_customer_no",
  MD5(CAST("person" AS TEXT))::UUID AS "hk_person_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") || '|' || CAST("person" AS TEXT))::UUID END AS "hk_l_contracts"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_contracts") + 1 AS "row_no",
    raw."customer" AS "customer",
    raw."person" AS "person text",
    CASE WHEN PG_INPUT_IS_VALID(raw."person", 'integer') THEN CAST(raw."person" AS INTEGER) END AS "person",
    raw."valid_from" AS "valid_from text",
    CASE WHEN PG_INPUT_IS_VALID(raw."valid_from", 'date') THEN CAST(raw."valid_from" AS DATE) END AS "valid_from",
    raw."valid_to" AS "valid_to text",
    CASE WHEN PG_INPUT_IS_VALID(raw."valid_to", 'timestamp') THEN CAST(raw."valid_to" AS TIMESTAMP) END AS "valid_to"
  FROM "raw_contracts" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "customer" IS NOT NULL AND LENGTH("customer") <= 20 AS "customer fits",
    "person text" IS NOT NULL AND "person" IS NOT NULL AND (CAST("person" AS TEXT) = "person text" OR "person text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "person fits",
    "valid_from text" IS NOT NULL AND "valid_from" IS NOT NULL AND "valid_from" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("valid_from" AS TEXT) = "valid_from text" OR "valid_from text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "valid_from fits",
    "valid_to text" IS NULL OR "valid_to" IS NOT NULL AND "valid_to" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("valid_to" AS TEXT) = "valid_to text" OR "valid_to text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "valid_to fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "customer fits" THEN 'customer'
    WHEN NOT "person fits" THEN 'person'
    WHEN NOT "valid_from fits" THEN 'valid_from'
    WHEN NOT "valid_to fits" THEN 'valid_to'
  END AS "column_name",
  CASE
    WHEN "customer" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "customer fits" THEN 'longer than 20 characters'
    WHEN "person text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "person fits" THEN 'not an integer'
    WHEN "valid_from text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "valid_from fits" THEN 'not a date'
    WHEN NOT "valid_to fits" THEN 'not a timestamp'
  END AS "reason"
FROM "checked"
WHERE NOT ("customer fits"
  AND "person fits"
  AND "valid_from fits"
  AND "valid_to fits")
ORDER BY "row_no";

ANALYZE "stage"."contracts" ("load_dt", "hk_customer_no", "hk_person_no", "hk_l_contracts");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."contracts_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."contracts"
WHERE "hk_customer_no" IN (
  SELECT "hk_customer_no"
  FROM "stage"."contracts"
  GROUP BY "hk_customer_no"
  HAVING COUNT(*) > 1
);
