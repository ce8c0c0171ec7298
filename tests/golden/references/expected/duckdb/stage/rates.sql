-- stage rates: rendered by dv-gen from metadata/codes.yml:6.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."rates";

CREATE TABLE "stage"."rates" (
  "currency" VARCHAR(3),
  "year" INTEGER NOT NULL,
  "rate" DECIMAL(12, 6),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hashdiff_r_rates" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."rates_repeats";

CREATE TABLE "stage"."rates_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_rates";

CREATE TEMPORARY TABLE "raw_rates" (
  "currency" VARCHAR,
  "year" VARCHAR,
  "rate" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_rates" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'currency',
  'year',
  'rate'
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
INSERT INTO "stage"."rates" (
  "currency",
  "year",
  "rate",
  "load_dt",
  "load_src",
  "row_no",
  "hashdiff_r_rates"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_rates") + 1 AS "row_no",
    raw."currency" AS "currency",
    raw."year" AS "year text",
    TRY_CAST(raw."year" AS INTEGER) AS "year",
    raw."rate" AS "rate text",
    TRY_CAST(raw."rate" AS DECIMAL(12, 6)) AS "rate"
  FROM "raw_rates" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "currency" IS NULL OR LENGTH("currency") <= 3 AS "currency fits",
    CASE WHEN CAST("year" AS VARCHAR) = "year text" THEN TRUE WHEN "year" IS NOT NULL THEN REGEXP_FULL_MATCH("year text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "year fits",
    CASE WHEN CAST("rate" AS VARCHAR) = "rate text" THEN TRUE WHEN "rate" IS NOT NULL THEN REGEXP_FULL_MATCH("rate text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,6}0*)?|\.[0-9]{1,6}0*)[ ]*') ELSE "rate text" IS NULL END AS "rate fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "currency",
    "year",
    "rate",
    "row_no"
  FROM "checked"
  WHERE "currency fits"
    AND "year fits"
    AND "rate fits"
)
SELECT
  "currency",
  "year",
  "rate",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(COALESCE('rate=' || REGEXP_REPLACE(CAST("rate" AS VARCHAR), '[.]?0+$', ''), '')))::UUID AS "hashdiff_r_rates"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_rates") + 1 AS "row_no",
    raw."currency" AS "currency",
    raw."year" AS "year text",
    TRY_CAST(raw."year" AS INTEGER) AS "year",
    raw."rate" AS "rate text",
    TRY_CAST(raw."rate" AS DECIMAL(12, 6)) AS "rate"
  FROM "raw_rates" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "currency" IS NULL OR LENGTH("currency") <= 3 AS "currency fits",
    CASE WHEN CAST("year" AS VARCHAR) = "year text" THEN TRUE WHEN "year" IS NOT NULL THEN REGEXP_FULL_MATCH("year text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "year fits",
    CASE WHEN CAST("rate" AS VARCHAR) = "rate text" THEN TRUE WHEN "rate" IS NOT NULL THEN REGEXP_FULL_MATCH("rate text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,6}0*)?|\.[0-9]{1,6}0*)[ ]*') ELSE "rate text" IS NULL END AS "rate fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "currency fits" THEN 'currency'
    WHEN NOT "year fits" THEN 'year'
    WHEN NOT "rate fits" THEN 'rate'
  END AS "column_name",
  CASE
    WHEN NOT "currency fits" THEN 'longer than 3 characters'
    WHEN "year text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "year fits" THEN 'not an integer'
    WHEN NOT "rate fits" THEN 'not a decimal(12,6)'
  END AS "reason"
FROM "checked"
WHERE NOT ("currency fits"
  AND "year fits"
  AND "rate fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."rates_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."rates"
WHERE 1 = 0;
