-- stage users: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."users";

CREATE TABLE "stage"."users" (
  "user_no" VARCHAR(20),
  "name" VARCHAR(100),
  "born" DATE,
  "vip" BOOLEAN,
  "score" DECIMAL(10, 2),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_user_no" UUID,
  "hashdiff_s_users" UUID NOT NULL,
  "hashdiff_s_plain" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."users_repeats";

CREATE TABLE "stage"."users_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_users";

CREATE TEMPORARY TABLE "raw_users" (
  "user_no" VARCHAR,
  "name" VARCHAR,
  "born" VARCHAR,
  "vip" VARCHAR,
  "score" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_users" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'user_no',
  'name',
  'born',
  'vip',
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
INSERT INTO "stage"."users" (
  "user_no",
  "name",
  "born",
  "vip",
  "score",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_no",
  "hashdiff_s_users",
  "hashdiff_s_plain"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_users") + 1 AS "row_no",
    raw."user_no" AS "user_no",
    raw."name" AS "name",
    raw."born" AS "born text",
    TRY_CAST(raw."born" AS DATE) AS "born",
    raw."vip" AS "vip text",
    TRY_CAST(TRIM(BOTH ' ' FROM raw."vip") AS BOOLEAN) AS "vip",
    raw."score" AS "score text",
    TRY_CAST(raw."score" AS DECIMAL(10, 2)) AS "score"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "user_no" IS NULL OR LENGTH("user_no") <= 20 AS "user_no fits",
    "name" IS NULL OR LENGTH("name") <= 100 AS "name fits",
    CASE WHEN CAST("born" AS VARCHAR) = "born text" AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("born text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "born text" IS NULL END AS "born fits",
    CASE WHEN CAST("vip" AS VARCHAR) = "vip text" THEN TRUE WHEN "vip" IS NOT NULL THEN REGEXP_FULL_MATCH("vip text", '[ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*') ELSE "vip text" IS NULL END AS "vip fits",
    CASE WHEN CAST("score" AS VARCHAR) = "score text" THEN TRUE WHEN "score" IS NOT NULL THEN REGEXP_FULL_MATCH("score text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*') ELSE "score text" IS NULL END AS "score fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "user_no",
    "name",
    "born",
    "vip",
    "score",
    "row_no"
  FROM "checked"
  WHERE "user_no fits"
    AND "name fits"
    AND "born fits"
    AND "vip fits"
    AND "score fits"
)
SELECT
  "user_no",
  "name",
  "born",
  "vip",
  "score",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "user_no") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("user_no", '\') OR CONTAINS("user_no", '|') THEN REPLACE(REPLACE("user_no", '\', '\\'), '|', '\|') ELSE "user_no" END))))::UUID END AS "hk_user_no",
  UNHEX(MD5(CONCAT_WS(
    '|',
    'name=' || CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END,
    'score=' || REGEXP_REPLACE(CAST("score" AS VARCHAR), '[.]?0+$', '')
  )))::UUID AS "hashdiff_s_users",
  UNHEX(MD5(COALESCE('name=' || CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END, '')))::UUID AS "hashdiff_s_plain"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_users") + 1 AS "row_no",
    raw."user_no" AS "user_no",
    raw."name" AS "name",
    raw."born" AS "born text",
    TRY_CAST(raw."born" AS DATE) AS "born",
    raw."vip" AS "vip text",
    TRY_CAST(TRIM(BOTH ' ' FROM raw."vip") AS BOOLEAN) AS "vip",
    raw."score" AS "score text",
    TRY_CAST(raw."score" AS DECIMAL(10, 2)) AS "score"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "user_no" IS NULL OR LENGTH("user_no") <= 20 AS "user_no fits",
    "name" IS NULL OR LENGTH("name") <= 100 AS "name fits",
    CASE WHEN CAST("born" AS VARCHAR) = "born text" AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("born text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "born text" IS NULL END AS "born fits",
    CASE WHEN CAST("vip" AS VARCHAR) = "vip text" THEN TRUE WHEN "vip" IS NOT NULL THEN REGEXP_FULL_MATCH("vip text", '[ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*') ELSE "vip text" IS NULL END AS "vip fits",
    CASE WHEN CAST("score" AS VARCHAR) = "score text" THEN TRUE WHEN "score" IS NOT NULL THEN REGEXP_FULL_MATCH("score text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*') ELSE "score text" IS NULL END AS "score fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "user_no fits" THEN 'user_no'
    WHEN NOT "name fits" THEN 'name'
    WHEN NOT "born fits" THEN 'born'
    WHEN NOT "vip fits" THEN 'vip'
    WHEN NOT "score fits" THEN 'score'
  END AS "column_name",
  CASE
    WHEN NOT "user_no fits" THEN 'longer than 20 characters'
    WHEN NOT "name fits" THEN 'longer than 100 characters'
    WHEN NOT "born fits" THEN 'not a date'
    WHEN NOT "vip fits" THEN 'not a boolean'
    WHEN NOT "score fits" THEN 'not a decimal(10,2)'
  END AS "reason"
FROM "checked"
WHERE NOT ("user_no fits"
  AND "name fits"
  AND "born fits"
  AND "vip fits"
  AND "score fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."users_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."users"
WHERE "hk_user_no" IN (
  SELECT "hk_user_no"
  FROM "stage"."users"
  GROUP BY "hk_user_no"
  HAVING COUNT(*) > 1
);
