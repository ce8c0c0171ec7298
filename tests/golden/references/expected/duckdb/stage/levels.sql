-- stage levels: rendered by dv-gen from metadata/codes.yml:9.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."levels";

CREATE TABLE "stage"."levels" (
  "level" INTEGER NOT NULL,
  "title" VARCHAR(20),
  "weight" DOUBLE,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL
);

DROP TABLE IF EXISTS "stage"."levels_repeats";

CREATE TABLE "stage"."levels_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_levels";

CREATE TEMPORARY TABLE "raw_levels" (
  "level" VARCHAR,
  "title" VARCHAR,
  "weight" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_levels" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'level',
  'title',
  'weight'
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
INSERT INTO "stage"."levels" (
  "level",
  "title",
  "weight",
  "load_dt",
  "load_src",
  "row_no"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_levels") + 1 AS "row_no",
    raw."level" AS "level text",
    TRY_CAST(raw."level" AS INTEGER) AS "level",
    raw."title" AS "title",
    raw."weight" AS "weight text",
    TRY_CAST(raw."weight" AS DOUBLE) AS "weight"
  FROM "raw_levels" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("level" AS VARCHAR) = "level text" THEN TRUE WHEN "level" IS NOT NULL THEN REGEXP_FULL_MATCH("level text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "level fits",
    "title" IS NULL OR LENGTH("title") <= 20 AS "title fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_FULL_MATCH("weight text", '[ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*') AND ("weight" <> 0 OR REGEXP_FULL_MATCH("weight text", '[^1-9eE]*([eE].*)?')) AS "weight fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "level",
    "title",
    "weight",
    "row_no"
  FROM "checked"
  WHERE "level fits"
    AND "title fits"
    AND "weight fits"
)
SELECT
  "level",
  "title",
  "weight",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_levels") + 1 AS "row_no",
    raw."level" AS "level text",
    TRY_CAST(raw."level" AS INTEGER) AS "level",
    raw."title" AS "title",
    raw."weight" AS "weight text",
    TRY_CAST(raw."weight" AS DOUBLE) AS "weight"
  FROM "raw_levels" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("level" AS VARCHAR) = "level text" THEN TRUE WHEN "level" IS NOT NULL THEN REGEXP_FULL_MATCH("level text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "level fits",
    "title" IS NULL OR LENGTH("title") <= 20 AS "title fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_FULL_MATCH("weight text", '[ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*') AND ("weight" <> 0 OR REGEXP_FULL_MATCH("weight text", '[^1-9eE]*([eE].*)?')) AS "weight fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "level fits" THEN 'level'
    WHEN NOT "title fits" THEN 'title'
    WHEN NOT "weight fits" THEN 'weight'
  END AS "column_name",
  CASE
    WHEN "level text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "level fits" THEN 'not an integer'
    WHEN NOT "title fits" THEN 'longer than 20 characters'
    WHEN NOT "weight fits" THEN 'not a double'
  END AS "reason"
FROM "checked"
WHERE NOT ("level fits"
  AND "title fits"
  AND "weight fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."levels_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."levels"
WHERE 1 = 0;
