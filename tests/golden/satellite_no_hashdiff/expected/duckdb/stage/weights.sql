-- stage weights: rendered by dv-gen from metadata/weights.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."weights";

CREATE TABLE "stage"."weights" (
  "person_no" INTEGER,
  "weight" DOUBLE,
  "unit" VARCHAR(5),
  "moment" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_person_no" UUID
);

DROP TABLE IF EXISTS "stage"."weights_repeats";

CREATE TABLE "stage"."weights_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_weights";

CREATE TEMPORARY TABLE "raw_weights" (
  "person_no" VARCHAR,
  "weight" VARCHAR,
  "unit" VARCHAR,
  "moment" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_weights" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'person_no',
  'weight',
  'unit',
  'moment'
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
INSERT INTO "stage"."weights" (
  "person_no",
  "weight",
  "unit",
  "moment",
  "load_dt",
  "load_src",
  "row_no",
  "hk_person_no"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_weights") + 1 AS "row_no",
    raw."person_no" AS "person_no text",
    TRY_CAST(raw."person_no" AS INTEGER) AS "person_no",
    raw."weight" AS "weight text",
    TRY_CAST(raw."weight" AS DOUBLE) AS "weight",
    raw."unit" AS "unit",
    raw."moment" AS "moment text",
    TRY_CAST(raw."moment" AS TIMESTAMP) AS "moment"
  FROM "raw_weights" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("person_no" AS VARCHAR) = "person_no text" THEN TRUE WHEN "person_no" IS NOT NULL THEN REGEXP_FULL_MATCH("person_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "person_no text" IS NULL END AS "person_no fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_FULL_MATCH("weight text", '[ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*') AND ("weight" <> 0 OR REGEXP_FULL_MATCH("weight text", '[^1-9eE]*([eE].*)?')) AS "weight fits",
    "unit" IS NULL OR LENGTH("unit") <= 5 AS "unit fits",
    CASE WHEN CAST("moment" AS VARCHAR) = "moment text" AND "moment" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "moment" IS NOT NULL AND "moment" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("moment text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "moment text" IS NULL END AS "moment fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "person_no",
    "weight",
    "unit",
    "moment",
    "row_no"
  FROM "checked"
  WHERE "person_no fits"
    AND "weight fits"
    AND "unit fits"
    AND "moment fits"
)
SELECT
  "person_no",
  "weight",
  "unit",
  "moment",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CASE WHEN "person_no" IS NOT NULL THEN UNHEX(MD5(CAST("person_no" AS VARCHAR)))::UUID END AS "hk_person_no"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_weights") + 1 AS "row_no",
    raw."person_no" AS "person_no text",
    TRY_CAST(raw."person_no" AS INTEGER) AS "person_no",
    raw."weight" AS "weight text",
    TRY_CAST(raw."weight" AS DOUBLE) AS "weight",
    raw."unit" AS "unit",
    raw."moment" AS "moment text",
    TRY_CAST(raw."moment" AS TIMESTAMP) AS "moment"
  FROM "raw_weights" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("person_no" AS VARCHAR) = "person_no text" THEN TRUE WHEN "person_no" IS NOT NULL THEN REGEXP_FULL_MATCH("person_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "person_no text" IS NULL END AS "person_no fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_FULL_MATCH("weight text", '[ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*') AND ("weight" <> 0 OR REGEXP_FULL_MATCH("weight text", '[^1-9eE]*([eE].*)?')) AS "weight fits",
    "unit" IS NULL OR LENGTH("unit") <= 5 AS "unit fits",
    CASE WHEN CAST("moment" AS VARCHAR) = "moment text" AND "moment" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "moment" IS NOT NULL AND "moment" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("moment text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "moment text" IS NULL END AS "moment fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "person_no fits" THEN 'person_no'
    WHEN NOT "weight fits" THEN 'weight'
    WHEN NOT "unit fits" THEN 'unit'
    WHEN NOT "moment fits" THEN 'moment'
  END AS "column_name",
  CASE
    WHEN NOT "person_no fits" THEN 'not an integer'
    WHEN NOT "weight fits" THEN 'not a double'
    WHEN NOT "unit fits" THEN 'longer than 5 characters'
    WHEN NOT "moment fits" THEN 'not a timestamp'
  END AS "reason"
FROM "checked"
WHERE NOT ("person_no fits"
  AND "weight fits"
  AND "unit fits"
  AND "moment fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."weights_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."weights"
WHERE "hk_person_no" IN (
  SELECT "hk_person_no"
  FROM "stage"."weights"
  GROUP BY "hk_person_no"
  HAVING COUNT(*) > 1
);
