-- stage users: rendered by dv-gen from metadata/users.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."users";

CREATE TABLE "stage"."users" (
  "login" VARCHAR(30),
  "seen" TIMESTAMP,
  "name" VARCHAR(100),
  "height" DECIMAL(3, 2),
  "born" DATE,
  "active" BOOLEAN,
  "visits" BIGINT,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_login" UUID,
  "hashdiff_s_last" UUID NOT NULL,
  "hashdiff_s_first" UUID NOT NULL,
  "hashdiff_s_stagger" UUID NOT NULL,
  "hashdiff_s_fail" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."users_repeats";

CREATE TABLE "stage"."users_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_users";

CREATE TEMPORARY TABLE "raw_users" (
  "login" VARCHAR,
  "seen" VARCHAR,
  "name" VARCHAR,
  "height" VARCHAR,
  "born" VARCHAR,
  "active" VARCHAR,
  "visits" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_users" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'login',
  'seen',
  'name',
  'height',
  'born',
  'active',
  'visits'
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
  "login",
  "seen",
  "name",
  "height",
  "born",
  "active",
  "visits",
  "load_dt",
  "load_src",
  "row_no",
  "hk_login",
  "hashdiff_s_last",
  "hashdiff_s_first",
  "hashdiff_s_stagger",
  "hashdiff_s_fail"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_users") + 1 AS "row_no",
    raw."login" AS "login",
    raw."seen" AS "seen text",
    TRY_CAST(raw."seen" AS TIMESTAMP) AS "seen",
    raw."name" AS "name",
    raw."height" AS "height text",
    TRY_CAST(raw."height" AS DECIMAL(3, 2)) AS "height",
    raw."born" AS "born text",
    TRY_CAST(raw."born" AS DATE) AS "born",
    raw."active" AS "active text",
    TRY_CAST(TRIM(BOTH ' ' FROM raw."active") AS BOOLEAN) AS "active",
    raw."visits" AS "visits text",
    TRY_CAST(raw."visits" AS BIGINT) AS "visits"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "login" IS NULL OR LENGTH("login") <= 30 AS "login fits",
    CASE WHEN CAST("seen" AS VARCHAR) = "seen text" AND "seen" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "seen" IS NOT NULL AND "seen" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("seen text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "seen text" IS NULL END AS "seen fits",
    "name" IS NULL OR LENGTH("name") <= 100 AS "name fits",
    CASE WHEN CAST("height" AS VARCHAR) = "height text" THEN TRUE WHEN "height" IS NOT NULL THEN REGEXP_FULL_MATCH("height text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*') ELSE "height text" IS NULL END AS "height fits",
    CASE WHEN CAST("born" AS VARCHAR) = "born text" AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("born text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "born text" IS NULL END AS "born fits",
    CASE WHEN CAST("active" AS VARCHAR) = "active text" THEN TRUE WHEN "active" IS NOT NULL THEN REGEXP_FULL_MATCH("active text", '[ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*') ELSE "active text" IS NULL END AS "active fits",
    CASE WHEN CAST("visits" AS VARCHAR) = "visits text" THEN TRUE WHEN "visits" IS NOT NULL THEN REGEXP_FULL_MATCH("visits text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "visits text" IS NULL END AS "visits fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "login",
    "seen",
    "name",
    "height",
    "born",
    "active",
    "visits",
    "row_no"
  FROM "checked"
  WHERE "login fits"
    AND "seen fits"
    AND "name fits"
    AND "height fits"
    AND "born fits"
    AND "active fits"
    AND "visits fits"
)
SELECT
  "login",
  "seen",
  "name",
  "height",
  "born",
  "active",
  "visits",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "login") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("login", '\') OR CONTAINS("login", '|') THEN REPLACE(REPLACE("login", '\', '\\'), '|', '\|') ELSE "login" END))))::UUID END AS "hk_login",
  UNHEX(MD5(CONCAT_WS(
    '|',
    'born=' || CAST("born" AS VARCHAR),
    'height=' || REGEXP_REPLACE(CAST("height" AS VARCHAR), '[.]?0+$', ''),
    'name=' || CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END
  )))::UUID AS "hashdiff_s_last",
  UNHEX(MD5(COALESCE('active=' || CAST("active" AS VARCHAR), '')))::UUID AS "hashdiff_s_first",
  UNHEX(MD5(CONCAT_WS(
    '|',
    'name=' || CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END,
    'visits=' || CAST("visits" AS VARCHAR)
  )))::UUID AS "hashdiff_s_stagger",
  UNHEX(MD5(COALESCE('full_name=' || CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END, '')))::UUID AS "hashdiff_s_fail"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_users") + 1 AS "row_no",
    raw."login" AS "login",
    raw."seen" AS "seen text",
    TRY_CAST(raw."seen" AS TIMESTAMP) AS "seen",
    raw."name" AS "name",
    raw."height" AS "height text",
    TRY_CAST(raw."height" AS DECIMAL(3, 2)) AS "height",
    raw."born" AS "born text",
    TRY_CAST(raw."born" AS DATE) AS "born",
    raw."active" AS "active text",
    TRY_CAST(TRIM(BOTH ' ' FROM raw."active") AS BOOLEAN) AS "active",
    raw."visits" AS "visits text",
    TRY_CAST(raw."visits" AS BIGINT) AS "visits"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "login" IS NULL OR LENGTH("login") <= 30 AS "login fits",
    CASE WHEN CAST("seen" AS VARCHAR) = "seen text" AND "seen" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "seen" IS NOT NULL AND "seen" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("seen text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "seen text" IS NULL END AS "seen fits",
    "name" IS NULL OR LENGTH("name") <= 100 AS "name fits",
    CASE WHEN CAST("height" AS VARCHAR) = "height text" THEN TRUE WHEN "height" IS NOT NULL THEN REGEXP_FULL_MATCH("height text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*') ELSE "height text" IS NULL END AS "height fits",
    CASE WHEN CAST("born" AS VARCHAR) = "born text" AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("born text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "born text" IS NULL END AS "born fits",
    CASE WHEN CAST("active" AS VARCHAR) = "active text" THEN TRUE WHEN "active" IS NOT NULL THEN REGEXP_FULL_MATCH("active text", '[ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*') ELSE "active text" IS NULL END AS "active fits",
    CASE WHEN CAST("visits" AS VARCHAR) = "visits text" THEN TRUE WHEN "visits" IS NOT NULL THEN REGEXP_FULL_MATCH("visits text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "visits text" IS NULL END AS "visits fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "login fits" THEN 'login'
    WHEN NOT "seen fits" THEN 'seen'
    WHEN NOT "name fits" THEN 'name'
    WHEN NOT "height fits" THEN 'height'
    WHEN NOT "born fits" THEN 'born'
    WHEN NOT "active fits" THEN 'active'
    WHEN NOT "visits fits" THEN 'visits'
  END AS "column_name",
  CASE
    WHEN NOT "login fits" THEN 'longer than 30 characters'
    WHEN NOT "seen fits" THEN 'not a timestamp'
    WHEN NOT "name fits" THEN 'longer than 100 characters'
    WHEN NOT "height fits" THEN 'not a decimal(3,2)'
    WHEN NOT "born fits" THEN 'not a date'
    WHEN NOT "active fits" THEN 'not a boolean'
    WHEN NOT "visits fits" THEN 'not a bigint'
  END AS "reason"
FROM "checked"
WHERE NOT ("login fits"
  AND "seen fits"
  AND "name fits"
  AND "height fits"
  AND "born fits"
  AND "active fits"
  AND "visits fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."users_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."users"
WHERE "hk_login" IN (
  SELECT "hk_login"
  FROM "stage"."users"
  GROUP BY "hk_login"
  HAVING COUNT(*) > 1
);
