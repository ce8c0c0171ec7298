-- stage profiles: rendered by dv-gen from metadata/model.yml:6.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."profiles";

CREATE TABLE "stage"."profiles" (
  "user_id" INTEGER NOT NULL,
  "nick" VARCHAR(50),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hashdiff_s_profiles" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."profiles_repeats";

CREATE TABLE "stage"."profiles_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_profiles";

CREATE TEMPORARY TABLE "raw_profiles" (
  "user_id" VARCHAR,
  "nick" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_profiles" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'user_id',
  'nick'
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
INSERT INTO "stage"."profiles" (
  "user_id",
  "nick",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hashdiff_s_profiles"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_profiles") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    TRY_CAST(raw."user_id" AS INTEGER) AS "user_id",
    raw."nick" AS "nick"
  FROM "raw_profiles" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("user_id" AS VARCHAR) = "user_id text" THEN TRUE WHEN "user_id" IS NOT NULL THEN REGEXP_FULL_MATCH("user_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "user_id fits",
    "nick" IS NULL OR LENGTH("nick") <= 50 AS "nick fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "user_id",
    "nick",
    "row_no"
  FROM "checked"
  WHERE "user_id fits"
    AND "nick fits"
)
SELECT
  "user_id",
  "nick",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("user_id" AS VARCHAR)))::UUID AS "hk_user_id",
  UNHEX(MD5(COALESCE('nick=' || CASE WHEN CONTAINS("nick", '\') OR CONTAINS("nick", '|') THEN REPLACE(REPLACE("nick", '\', '\\'), '|', '\|') ELSE "nick" END, '')))::UUID AS "hashdiff_s_profiles"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_profiles") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    TRY_CAST(raw."user_id" AS INTEGER) AS "user_id",
    raw."nick" AS "nick"
  FROM "raw_profiles" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("user_id" AS VARCHAR) = "user_id text" THEN TRUE WHEN "user_id" IS NOT NULL THEN REGEXP_FULL_MATCH("user_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "user_id fits",
    "nick" IS NULL OR LENGTH("nick") <= 50 AS "nick fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "user_id fits" THEN 'user_id'
    WHEN NOT "nick fits" THEN 'nick'
  END AS "column_name",
  CASE
    WHEN "user_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "user_id fits" THEN 'not an integer'
    WHEN NOT "nick fits" THEN 'longer than 50 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("user_id fits"
  AND "nick fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."profiles_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."profiles"
WHERE "hk_user_id" IN (
  SELECT "hk_user_id"
  FROM "stage"."profiles"
  GROUP BY "hk_user_id"
  HAVING COUNT(*) > 1
);
