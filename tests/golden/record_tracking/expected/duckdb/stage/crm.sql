-- stage crm: rendered by dv-gen from metadata/customers.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."crm";

CREATE TABLE "stage"."crm" (
  "client" INTEGER,
  "score" DECIMAL(10, 2),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_customer_id" UUID,
  "hashdiff_s_crm" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."crm_repeats";

CREATE TABLE "stage"."crm_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_crm";

CREATE TEMPORARY TABLE "raw_crm" (
  "client" VARCHAR,
  "score" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_crm" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'client',
  'score'
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
INSERT INTO "stage"."crm" (
  "client",
  "score",
  "load_dt",
  "load_src",
  "row_no",
  "hk_customer_id",
  "hashdiff_s_crm"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_crm") + 1 AS "row_no",
    raw."client" AS "client text",
    TRY_CAST(raw."client" AS INTEGER) AS "client",
    raw."score" AS "score text",
    TRY_CAST(raw."score" AS DECIMAL(10, 2)) AS "score"
  FROM "raw_crm" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("client" AS VARCHAR) = "client text" THEN TRUE WHEN "client" IS NOT NULL THEN REGEXP_FULL_MATCH("client text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "client text" IS NULL END AS "client fits",
    CASE WHEN CAST("score" AS VARCHAR) = "score text" THEN TRUE WHEN "score" IS NOT NULL THEN REGEXP_FULL_MATCH("score text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*') ELSE "score text" IS NULL END AS "score fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "client",
    "score",
    "row_no"
  FROM "checked"
  WHERE "client fits"
    AND "score fits"
)
SELECT
  "client",
  "score",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CASE WHEN "client" IS NOT NULL THEN UNHEX(MD5(CAST("client" AS VARCHAR)))::UUID END AS "hk_customer_id",
  UNHEX(MD5(COALESCE('score=' || REGEXP_REPLACE(CAST("score" AS VARCHAR), '[.]?0+$', ''), '')))::UUID AS "hashdiff_s_crm"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_crm") + 1 AS "row_no",
    raw."client" AS "client text",
    TRY_CAST(raw."client" AS INTEGER) AS "client",
    raw."score" AS "score text",
    TRY_CAST(raw."score" AS DECIMAL(10, 2)) AS "score"
  FROM "raw_crm" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("client" AS VARCHAR) = "client text" THEN TRUE WHEN "client" IS NOT NULL THEN REGEXP_FULL_MATCH("client text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "client text" IS NULL END AS "client fits",
    CASE WHEN CAST("score" AS VARCHAR) = "score text" THEN TRUE WHEN "score" IS NOT NULL THEN REGEXP_FULL_MATCH("score text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*') ELSE "score text" IS NULL END AS "score fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "client fits" THEN 'client'
    WHEN NOT "score fits" THEN 'score'
  END AS "column_name",
  CASE
    WHEN NOT "client fits" THEN 'not an integer'
    WHEN NOT "score fits" THEN 'not a decimal(10,2)'
  END AS "reason"
FROM "checked"
WHERE NOT ("client fits"
  AND "score fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."crm_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."crm"
WHERE "hk_customer_id" IN (
  SELECT "hk_customer_id"
  FROM "stage"."crm"
  GROUP BY "hk_customer_id"
  HAVING COUNT(*) > 1
);
