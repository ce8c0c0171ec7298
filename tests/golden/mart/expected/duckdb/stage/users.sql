-- stage users: rendered by dv-gen from metadata/users.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."users";

CREATE TABLE "stage"."users" (
  "id" INTEGER NOT NULL,
  "city" VARCHAR(50),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_user_id" UUID NOT NULL,
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
  "city" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_users" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'id',
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
  "id",
  "city",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hashdiff_s_users"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_users") + 1 AS "row_no",
    raw."id" AS "id text",
    TRY_CAST(raw."id" AS INTEGER) AS "id",
    raw."city" AS "city"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("id" AS VARCHAR) = "id text" THEN TRUE WHEN "id" IS NOT NULL THEN REGEXP_FULL_MATCH("id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "id fits",
    "city" IS NULL OR LENGTH("city") <= 50 AS "city fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "id",
    "city",
    "row_no"
  FROM "checked"
  WHERE "id fits"
    AND "city fits"
)
SELECT
  "id",
  "city",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("id" AS VARCHAR)))::UUID AS "hk_user_id",
  UNHEX(MD5(COALESCE('city=' || CASE WHEN CONTAINS("city", '\') OR CONTAINS("city", '|') THEN REPLACE(REPLACE("city", '\', '\\'), '|', '\|') ELSE "city" END, '')))::UUID AS "hashdiff_s_users"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_users") + 1 AS "row_no",
    raw."id" AS "id text",
    TRY_CAST(raw."id" AS INTEGER) AS "id",
    raw."city" AS "city"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("id" AS VARCHAR) = "id text" THEN TRUE WHEN "id" IS NOT NULL THEN REGEXP_FULL_MATCH("id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "id fits",
    "city" IS NULL OR LENGTH("city") <= 50 AS "city fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "id fits" THEN 'id'
    WHEN NOT "city fits" THEN 'city'
  END AS "column_name",
  CASE
    WHEN "id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "id fits" THEN 'not an integer'
    WHEN NOT "city fits" THEN 'longer than 50 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("id fits"
  AND "city fits")
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
