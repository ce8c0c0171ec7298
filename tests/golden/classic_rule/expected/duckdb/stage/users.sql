-- stage users: rendered by dv-gen from metadata/users.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."users";

CREATE TABLE "stage"."users" (
  "id" INTEGER NOT NULL,
  "country" VARCHAR(2),
  "zip" VARCHAR(10),
  "name" VARCHAR(50),
  "height" DECIMAL(3, 2),
  "born" DATE,
  "active" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hk_country_zip" UUID,
  "hk_l_lives" UUID,
  "hashdiff_s_users" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."users_repeats";

CREATE TABLE "stage"."users_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_users";

CREATE TEMPORARY TABLE "raw_users" (
  "id" VARCHAR,
  "country" VARCHAR,
  "zip" VARCHAR,
  "name" VARCHAR,
  "height" VARCHAR,
  "born" VARCHAR,
  "active" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_users" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'id',
  'country',
  'zip',
  'name',
  'height',
  'born',
  'active'
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
  "id",
  "country",
  "zip",
  "name",
  "height",
  "born",
  "active",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hk_country_zip",
  "hk_l_lives",
  "hashdiff_s_users"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_users") + 1 AS "row_no",
    raw."id" AS "id text",
    TRY_CAST(raw."id" AS INTEGER) AS "id",
    raw."country" AS "country",
    raw."zip" AS "zip",
    raw."name" AS "name",
    raw."height" AS "height text",
    TRY_CAST(raw."height" AS DECIMAL(3, 2)) AS "height",
    raw."born" AS "born text",
    TRY_CAST(raw."born" AS DATE) AS "born",
    raw."active" AS "active text",
    TRY_CAST(TRIM(BOTH ' ' FROM raw."active") AS BOOLEAN) AS "active"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("id" AS VARCHAR) = "id text" THEN TRUE WHEN "id" IS NOT NULL THEN REGEXP_FULL_MATCH("id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "id fits",
    "country" IS NULL OR LENGTH("country") <= 2 AS "country fits",
    "zip" IS NULL OR LENGTH("zip") <= 10 AS "zip fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits",
    CASE WHEN CAST("height" AS VARCHAR) = "height text" THEN TRUE WHEN "height" IS NOT NULL THEN REGEXP_FULL_MATCH("height text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*') ELSE "height text" IS NULL END AS "height fits",
    CASE WHEN CAST("born" AS VARCHAR) = "born text" AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("born text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "born text" IS NULL END AS "born fits",
    CASE WHEN CAST("active" AS VARCHAR) = "active text" THEN TRUE WHEN "active" IS NOT NULL THEN REGEXP_FULL_MATCH("active text", '[ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*') ELSE "active text" IS NULL END AS "active fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "id",
    "country",
    "zip",
    "name",
    "height",
    "born",
    "active",
    "row_no"
  FROM "checked"
  WHERE "id fits"
    AND "country fits"
    AND "zip fits"
    AND "name fits"
    AND "height fits"
    AND "born fits"
    AND "active fits"
)
SELECT
  "id",
  "country",
  "zip",
  "name",
  "height",
  "born",
  "active",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(NULLIF(UPPER(TRIM(BOTH ' ' FROM CAST("id" AS VARCHAR))), '')))::UUID AS "hk_user_id",
  UNHEX(MD5(NULLIF(CONCAT_WS('||', COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "country")), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "zip")), ''), '^^')), '^^||^^')))::UUID AS "hk_country_zip",
  CASE WHEN (CONCAT_WS('||', COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "country")), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "zip")), ''), '^^')) <> '^^||^^') THEN UNHEX(MD5(NULLIF(CONCAT_WS('||', COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM CAST("id" AS VARCHAR))), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "country")), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "zip")), ''), '^^')), '^^||^^||^^')))::UUID END AS "hk_l_lives",
  UNHEX(MD5(CONCAT_WS('||', COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM CAST("active" AS VARCHAR))), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM CAST("born" AS VARCHAR))), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM CAST("height" AS VARCHAR))), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "name")), ''), '^^'))))::UUID AS "hashdiff_s_users"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_users") + 1 AS "row_no",
    raw."id" AS "id text",
    TRY_CAST(raw."id" AS INTEGER) AS "id",
    raw."country" AS "country",
    raw."zip" AS "zip",
    raw."name" AS "name",
    raw."height" AS "height text",
    TRY_CAST(raw."height" AS DECIMAL(3, 2)) AS "height",
    raw."born" AS "born text",
    TRY_CAST(raw."born" AS DATE) AS "born",
    raw."active" AS "active text",
    TRY_CAST(TRIM(BOTH ' ' FROM raw."active") AS BOOLEAN) AS "active"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("id" AS VARCHAR) = "id text" THEN TRUE WHEN "id" IS NOT NULL THEN REGEXP_FULL_MATCH("id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "id fits",
    "country" IS NULL OR LENGTH("country") <= 2 AS "country fits",
    "zip" IS NULL OR LENGTH("zip") <= 10 AS "zip fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits",
    CASE WHEN CAST("height" AS VARCHAR) = "height text" THEN TRUE WHEN "height" IS NOT NULL THEN REGEXP_FULL_MATCH("height text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*') ELSE "height text" IS NULL END AS "height fits",
    CASE WHEN CAST("born" AS VARCHAR) = "born text" AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("born text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "born text" IS NULL END AS "born fits",
    CASE WHEN CAST("active" AS VARCHAR) = "active text" THEN TRUE WHEN "active" IS NOT NULL THEN REGEXP_FULL_MATCH("active text", '[ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*') ELSE "active text" IS NULL END AS "active fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "id fits" THEN 'id'
    WHEN NOT "country fits" THEN 'country'
    WHEN NOT "zip fits" THEN 'zip'
    WHEN NOT "name fits" THEN 'name'
    WHEN NOT "height fits" THEN 'height'
    WHEN NOT "born fits" THEN 'born'
    WHEN NOT "active fits" THEN 'active'
  END AS "column_name",
  CASE
    WHEN "id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "id fits" THEN 'not an integer'
    WHEN NOT "country fits" THEN 'longer than 2 characters'
    WHEN NOT "zip fits" THEN 'longer than 10 characters'
    WHEN NOT "name fits" THEN 'longer than 50 characters'
    WHEN NOT "height fits" THEN 'not a decimal(3,2)'
    WHEN NOT "born fits" THEN 'not a date'
    WHEN NOT "active fits" THEN 'not a boolean'
  END AS "reason"
FROM "checked"
WHERE NOT ("id fits"
  AND "country fits"
  AND "zip fits"
  AND "name fits"
  AND "height fits"
  AND "born fits"
  AND "active fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."users_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."users"
WHERE "hk_user_id" IN (
  SELECT "hk_user_id"
  FROM "stage"."users"
  GROUP BY "hk_user_id"
  HAVING COUNT(*) > 1
);
