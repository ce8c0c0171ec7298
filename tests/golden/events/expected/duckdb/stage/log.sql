-- stage log: rendered by dv-gen from metadata/log.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."log";

CREATE TABLE "stage"."log" (
  "user_id" INTEGER,
  "target_id" INTEGER NOT NULL,
  "at" TIMESTAMP NOT NULL,
  "what" VARCHAR(20),
  "weight" DOUBLE,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_user_id" UUID,
  "hk_user_id_target" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."log_repeats";

CREATE TABLE "stage"."log_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_log";

CREATE TEMPORARY TABLE "raw_log" (
  "user_id" VARCHAR,
  "target_id" VARCHAR,
  "at" VARCHAR,
  "what" VARCHAR,
  "weight" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_log" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'user_id',
  'target_id',
  'at',
  'what',
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
INSERT INTO "stage"."log" (
  "user_id",
  "target_id",
  "at",
  "what",
  "weight",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hk_user_id_target"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_log") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    TRY_CAST(raw."user_id" AS INTEGER) AS "user_id",
    raw."target_id" AS "target_id text",
    TRY_CAST(raw."target_id" AS INTEGER) AS "target_id",
    raw."at" AS "at text",
    TRY_CAST(raw."at" AS TIMESTAMP) AS "at",
    raw."what" AS "what",
    raw."weight" AS "weight text",
    TRY_CAST(raw."weight" AS DOUBLE) AS "weight"
  FROM "raw_log" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("user_id" AS VARCHAR) = "user_id text" THEN TRUE WHEN "user_id" IS NOT NULL THEN REGEXP_FULL_MATCH("user_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "user_id text" IS NULL END AS "user_id fits",
    CASE WHEN CAST("target_id" AS VARCHAR) = "target_id text" THEN TRUE WHEN "target_id" IS NOT NULL THEN REGEXP_FULL_MATCH("target_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "target_id fits",
    CASE WHEN CAST("at" AS VARCHAR) = "at text" AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE FALSE END AS "at fits",
    "what" IS NULL OR LENGTH("what") <= 20 AS "what fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_FULL_MATCH("weight text", '[ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*') AND ("weight" <> 0 OR REGEXP_FULL_MATCH("weight text", '[^1-9eE]*([eE].*)?')) AS "weight fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "user_id",
    "target_id",
    "at",
    "what",
    "weight",
    "row_no"
  FROM "checked"
  WHERE "user_id fits"
    AND "target_id fits"
    AND "at fits"
    AND "what fits"
    AND "weight fits"
)
SELECT
  "user_id",
  "target_id",
  "at",
  "what",
  "weight",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CASE WHEN "user_id" IS NOT NULL THEN UNHEX(MD5(CAST("user_id" AS VARCHAR)))::UUID END AS "hk_user_id",
  UNHEX(MD5(CAST("target_id" AS VARCHAR)))::UUID AS "hk_user_id_target"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_log") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    TRY_CAST(raw."user_id" AS INTEGER) AS "user_id",
    raw."target_id" AS "target_id text",
    TRY_CAST(raw."target_id" AS INTEGER) AS "target_id",
    raw."at" AS "at text",
    TRY_CAST(raw."at" AS TIMESTAMP) AS "at",
    raw."what" AS "what",
    raw."weight" AS "weight text",
    TRY_CAST(raw."weight" AS DOUBLE) AS "weight"
  FROM "raw_log" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("user_id" AS VARCHAR) = "user_id text" THEN TRUE WHEN "user_id" IS NOT NULL THEN REGEXP_FULL_MATCH("user_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "user_id text" IS NULL END AS "user_id fits",
    CASE WHEN CAST("target_id" AS VARCHAR) = "target_id text" THEN TRUE WHEN "target_id" IS NOT NULL THEN REGEXP_FULL_MATCH("target_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "target_id fits",
    CASE WHEN CAST("at" AS VARCHAR) = "at text" AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE FALSE END AS "at fits",
    "what" IS NULL OR LENGTH("what") <= 20 AS "what fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_FULL_MATCH("weight text", '[ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*') AND ("weight" <> 0 OR REGEXP_FULL_MATCH("weight text", '[^1-9eE]*([eE].*)?')) AS "weight fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "user_id fits" THEN 'user_id'
    WHEN NOT "target_id fits" THEN 'target_id'
    WHEN NOT "at fits" THEN 'at'
    WHEN NOT "what fits" THEN 'what'
    WHEN NOT "weight fits" THEN 'weight'
  END AS "column_name",
  CASE
    WHEN NOT "user_id fits" THEN 'not an integer'
    WHEN "target_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "target_id fits" THEN 'not an integer'
    WHEN "at text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "at fits" THEN 'not a timestamp'
    WHEN NOT "what fits" THEN 'longer than 20 characters'
    WHEN NOT "weight fits" THEN 'not a double'
  END AS "reason"
FROM "checked"
WHERE NOT ("user_id fits"
  AND "target_id fits"
  AND "at fits"
  AND "what fits"
  AND "weight fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."log_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."log"
WHERE "hk_user_id" IN (
  SELECT "hk_user_id"
  FROM "stage"."log"
  GROUP BY "hk_user_id"
  HAVING COUNT(*) > 1
);
