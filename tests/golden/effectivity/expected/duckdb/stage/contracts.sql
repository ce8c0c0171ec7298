-- stage contracts: rendered by dv-gen from metadata/orders.yml:14.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."contracts";

CREATE TABLE "stage"."contracts" (
  "customer" VARCHAR(20) NOT NULL,
  "person" INTEGER NOT NULL,
  "valid_from" DATE NOT NULL,
  "valid_to" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
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
DROP TABLE IF EXISTS temp."raw_contracts";

CREATE TEMPORARY TABLE "raw_contracts" (
  "customer" VARCHAR,
  "person" VARCHAR,
  "valid_from" VARCHAR,
  "valid_to" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_contracts" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'customer',
  'person',
  'valid_from',
  'valid_to'
))
FROM read_csv(
  $file,
  columns = $columns,
  header = true,
  delim = ',',
  quote = '"',
  escape = '"',
  new_line = $new_line,
  nullstr = [''],
  allow_quoted_nulls = false,
  auto_detect = false,
  compression = 'none',
  hive_partitioning = false,
  store_rejects = true,
  rejects_limit = 0
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
    rowid - (SELECT MIN(rowid) FROM "raw_contracts") + 1 AS "row_no",
    raw."customer" AS "customer",
    raw."person" AS "person text",
    TRY_CAST(raw."person" AS INTEGER) AS "person",
    raw."valid_from" AS "valid_from text",
    TRY_CAST(raw."valid_from" AS DATE) AS "valid_from",
    raw."valid_to" AS "valid_to text",
    TRY_CAST(raw."valid_to" AS TIMESTAMP) AS "valid_to"
  FROM "raw_contracts" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "customer" IS NOT NULL AND LENGTH("customer") <= 20 AS "customer fits",
    CASE WHEN CAST("person" AS VARCHAR) = "person text" THEN TRUE WHEN "person" IS NOT NULL THEN REGEXP_FULL_MATCH("person text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "person fits",
    CASE WHEN CAST("valid_from" AS VARCHAR) = "valid_from text" AND "valid_from" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "valid_from" IS NOT NULL AND "valid_from" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("valid_from text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE FALSE END AS "valid_from fits",
    CASE WHEN CAST("valid_to" AS VARCHAR) = "valid_to text" AND "valid_to" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "valid_to" IS NOT NULL AND "valid_to" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("valid_to text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "valid_to text" IS NULL END AS "valid_to fits"
  FROM "typed" AS typed
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
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("customer", '\') OR CONTAINS("customer", '|') THEN REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') ELSE "customer" END))))::UUID END AS "hk_customer_no",
  UNHEX(MD5(CAST("person" AS VARCHAR)))::UUID AS "hk_person_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer") <> '' THEN UNHEX(MD5(CONCAT_WS('|', UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("customer", '\') OR CONTAINS("customer", '|') THEN REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') ELSE "customer" END)), CAST("person" AS VARCHAR))))::UUID END AS "hk_l_contracts"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_contracts") + 1 AS "row_no",
    raw."customer" AS "customer",
    raw."person" AS "person text",
    TRY_CAST(raw."person" AS INTEGER) AS "person",
    raw."valid_from" AS "valid_from text",
    TRY_CAST(raw."valid_from" AS DATE) AS "valid_from",
    raw."valid_to" AS "valid_to text",
    TRY_CAST(raw."valid_to" AS TIMESTAMP) AS "valid_to"
  FROM "raw_contracts" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "customer" IS NOT NULL AND LENGTH("customer") <= 20 AS "customer fits",
    CASE WHEN CAST("person" AS VARCHAR) = "person text" THEN TRUE WHEN "person" IS NOT NULL THEN REGEXP_FULL_MATCH("person text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "person fits",
    CASE WHEN CAST("valid_from" AS VARCHAR) = "valid_from text" AND "valid_from" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "valid_from" IS NOT NULL AND "valid_from" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("valid_from text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE FALSE END AS "valid_from fits",
    CASE WHEN CAST("valid_to" AS VARCHAR) = "valid_to text" AND "valid_to" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "valid_to" IS NOT NULL AND "valid_to" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("valid_to text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "valid_to text" IS NULL END AS "valid_to fits"
  FROM "typed" AS typed
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
