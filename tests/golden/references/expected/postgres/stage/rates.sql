-- stage rates: rendered by dv-gen from metadata/codes.yml:6.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."rates";

CREATE TABLE "stage"."rates" (
  "currency" VARCHAR(3) COLLATE "C",
  "year" INTEGER NOT NULL,
  "rate" DECIMAL(12, 6),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hashdiff_r_rates" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."rates_repeats";

CREATE TABLE "stage"."rates_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_rates";

CREATE TEMPORARY TABLE "raw_rates" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "currency" TEXT COLLATE "C",
  "year" TEXT COLLATE "C",
  "rate" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_rates";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_rates" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_rates") + 1 AS "row_no",
    raw."currency" AS "currency",
    raw."year" AS "year text",
    CASE WHEN PG_INPUT_IS_VALID(raw."year", 'integer') THEN CAST(raw."year" AS INTEGER) END AS "year",
    raw."rate" AS "rate text",
    CASE WHEN PG_INPUT_IS_VALID(raw."rate", 'decimal(12, 6)') THEN CAST(raw."rate" AS DECIMAL(12, 6)) END AS "rate"
  FROM "raw_rates" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "currency" IS NULL OR LENGTH("currency") <= 3 AS "currency fits",
    "year text" IS NOT NULL AND "year" IS NOT NULL AND (CAST("year" AS TEXT) = "year text" OR "year text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "year fits",
    "rate text" IS NULL OR "rate" IS NOT NULL AND "rate" < 'Infinity' AND (CAST("rate" AS TEXT) = "rate text" OR "rate text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,6}0*)?|\.[0-9]{1,6}0*)[ ]*)$') AS "rate fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(COALESCE('rate=' || CAST(TRIM_SCALE("rate") AS TEXT), ''))::UUID AS "hashdiff_r_rates"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_rates") + 1 AS "row_no",
    raw."currency" AS "currency",
    raw."year" AS "year text",
    CASE WHEN PG_INPUT_IS_VALID(raw."year", 'integer') THEN CAST(raw."year" AS INTEGER) END AS "year",
    raw."rate" AS "rate text",
    CASE WHEN PG_INPUT_IS_VALID(raw."rate", 'decimal(12, 6)') THEN CAST(raw."rate" AS DECIMAL(12, 6)) END AS "rate"
  FROM "raw_rates" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "currency" IS NULL OR LENGTH("currency") <= 3 AS "currency fits",
    "year text" IS NOT NULL AND "year" IS NOT NULL AND (CAST("year" AS TEXT) = "year text" OR "year text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "year fits",
    "rate text" IS NULL OR "rate" IS NOT NULL AND "rate" < 'Infinity' AND (CAST("rate" AS TEXT) = "rate text" OR "rate text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,6}0*)?|\.[0-9]{1,6}0*)[ ]*)$') AS "rate fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."rates" ("load_dt");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."rates_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."rates"
WHERE 1 = 0;
