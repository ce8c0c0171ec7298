-- stage users: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."users";

CREATE TABLE "stage"."users" (
  "user_id" INTEGER NOT NULL,
  "boss" INTEGER,
  "country" VARCHAR(2),
  "city" VARCHAR(50),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "key_user_id" INTEGER NOT NULL,
  "key_user_id_boss" INTEGER,
  "key_country_city" VARCHAR(105),
  "key_l_bosses" VARCHAR(129),
  "hashdiff_s_users" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."users_repeats";

CREATE TABLE "stage"."users_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_users";

CREATE TEMPORARY TABLE "raw_users" (
  "user_id" VARCHAR,
  "boss" VARCHAR,
  "country" VARCHAR,
  "city" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_users" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'user_id',
  'boss',
  'country',
  'city'
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
  "user_id",
  "boss",
  "country",
  "city",
  "load_dt",
  "load_src",
  "row_no",
  "key_user_id",
  "key_user_id_boss",
  "key_country_city",
  "key_l_bosses",
  "hashdiff_s_users"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_users") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    TRY_CAST(raw."user_id" AS INTEGER) AS "user_id",
    raw."boss" AS "boss text",
    TRY_CAST(raw."boss" AS INTEGER) AS "boss",
    raw."country" AS "country",
    raw."city" AS "city"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("user_id" AS VARCHAR) = "user_id text" THEN TRUE WHEN "user_id" IS NOT NULL THEN REGEXP_FULL_MATCH("user_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "user_id fits",
    CASE WHEN CAST("boss" AS VARCHAR) = "boss text" THEN TRUE WHEN "boss" IS NOT NULL THEN REGEXP_FULL_MATCH("boss text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "boss text" IS NULL END AS "boss fits",
    "country" IS NULL OR LENGTH("country") <= 2 AS "country fits",
    "city" IS NULL OR LENGTH("city") <= 50 AS "city fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "user_id",
    "boss",
    "country",
    "city",
    "row_no"
  FROM "checked"
  WHERE "user_id fits"
    AND "boss fits"
    AND "country fits"
    AND "city fits"
)
SELECT
  "user_id",
  "boss",
  "country",
  "city",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  "user_id" AS "key_user_id",
  "boss" AS "key_user_id_boss",
  CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' OR TRIM(BOTH ' ' FROM "city") <> '' THEN CONCAT_WS('|', COALESCE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("country", '\') OR CONTAINS("country", '|') THEN REPLACE(REPLACE("country", '\', '\\'), '|', '\|') ELSE "country" END)), '\N'), COALESCE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("city", '\') OR CONTAINS("city", '|') THEN REPLACE(REPLACE("city", '\', '\\'), '|', '\|') ELSE "city" END)), '\N')) END AS "key_country_city",
  CASE WHEN "boss" IS NOT NULL AND (TRIM(BOTH ' ' FROM "country") <> '' OR TRIM(BOTH ' ' FROM "city") <> '') THEN CONCAT_WS('|', CAST("user_id" AS VARCHAR), CAST("boss" AS VARCHAR), COALESCE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("country", '\') OR CONTAINS("country", '|') THEN REPLACE(REPLACE("country", '\', '\\'), '|', '\|') ELSE "country" END)), '\N'), COALESCE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("city", '\') OR CONTAINS("city", '|') THEN REPLACE(REPLACE("city", '\', '\\'), '|', '\|') ELSE "city" END)), '\N')) END AS "key_l_bosses",
  UNHEX(MD5(COALESCE('city=' || CASE WHEN CONTAINS("city", '\') OR CONTAINS("city", '|') THEN REPLACE(REPLACE("city", '\', '\\'), '|', '\|') ELSE "city" END, '')))::UUID AS "hashdiff_s_users"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_users") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    TRY_CAST(raw."user_id" AS INTEGER) AS "user_id",
    raw."boss" AS "boss text",
    TRY_CAST(raw."boss" AS INTEGER) AS "boss",
    raw."country" AS "country",
    raw."city" AS "city"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("user_id" AS VARCHAR) = "user_id text" THEN TRUE WHEN "user_id" IS NOT NULL THEN REGEXP_FULL_MATCH("user_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "user_id fits",
    CASE WHEN CAST("boss" AS VARCHAR) = "boss text" THEN TRUE WHEN "boss" IS NOT NULL THEN REGEXP_FULL_MATCH("boss text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "boss text" IS NULL END AS "boss fits",
    "country" IS NULL OR LENGTH("country") <= 2 AS "country fits",
    "city" IS NULL OR LENGTH("city") <= 50 AS "city fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "user_id fits" THEN 'user_id'
    WHEN NOT "boss fits" THEN 'boss'
    WHEN NOT "country fits" THEN 'country'
    WHEN NOT "city fits" THEN 'city'
  END AS "column_name",
  CASE
    WHEN "user_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "user_id fits" THEN 'not an integer'
    WHEN NOT "boss fits" THEN 'not an integer'
    WHEN NOT "country fits" THEN 'longer than 2 characters'
    WHEN NOT "city fits" THEN 'longer than 50 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("user_id fits"
  AND "boss fits"
  AND "country fits"
  AND "city fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."users_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."users"
WHERE "key_user_id" IN (
  SELECT "key_user_id"
  FROM "stage"."users"
  GROUP BY "key_user_id"
  HAVING COUNT(*) > 1
);
