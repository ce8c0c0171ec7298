-- stage members: rendered by dv-gen from metadata/model.yml:10.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."members";

CREATE TABLE "stage"."members" (
  "user_id" INTEGER NOT NULL,
  "group_id" INTEGER NOT NULL,
  "role" VARCHAR(20),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hk_group_id" UUID NOT NULL,
  "hk_l_members" UUID NOT NULL,
  "hashdiff_s_members" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."members_repeats";

CREATE TABLE "stage"."members_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_members";

CREATE TEMPORARY TABLE "raw_members" (
  "user_id" VARCHAR,
  "group_id" VARCHAR,
  "role" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_members" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'user_id',
  'group_id',
  'role'
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
INSERT INTO "stage"."members" (
  "user_id",
  "group_id",
  "role",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hk_group_id",
  "hk_l_members",
  "hashdiff_s_members"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_members") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    TRY_CAST(raw."user_id" AS INTEGER) AS "user_id",
    raw."group_id" AS "group_id text",
    TRY_CAST(raw."group_id" AS INTEGER) AS "group_id",
    raw."role" AS "role"
  FROM "raw_members" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("user_id" AS VARCHAR) = "user_id text" THEN TRUE WHEN "user_id" IS NOT NULL THEN REGEXP_FULL_MATCH("user_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "user_id fits",
    CASE WHEN CAST("group_id" AS VARCHAR) = "group_id text" THEN TRUE WHEN "group_id" IS NOT NULL THEN REGEXP_FULL_MATCH("group_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "group_id fits",
    "role" IS NULL OR LENGTH("role") <= 20 AS "role fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "user_id",
    "group_id",
    "role",
    "row_no"
  FROM "checked"
  WHERE "user_id fits"
    AND "group_id fits"
    AND "role fits"
)
SELECT
  "user_id",
  "group_id",
  "role",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("user_id" AS VARCHAR)))::UUID AS "hk_user_id",
  UNHEX(MD5(CAST("group_id" AS VARCHAR)))::UUID AS "hk_group_id",
  UNHEX(MD5(CONCAT_WS('|', CAST("user_id" AS VARCHAR), CAST("group_id" AS VARCHAR))))::UUID AS "hk_l_members",
  UNHEX(MD5(COALESCE('role=' || CASE WHEN CONTAINS("role", '\') OR CONTAINS("role", '|') THEN REPLACE(REPLACE("role", '\', '\\'), '|', '\|') ELSE "role" END, '')))::UUID AS "hashdiff_s_members"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_members") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    TRY_CAST(raw."user_id" AS INTEGER) AS "user_id",
    raw."group_id" AS "group_id text",
    TRY_CAST(raw."group_id" AS INTEGER) AS "group_id",
    raw."role" AS "role"
  FROM "raw_members" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("user_id" AS VARCHAR) = "user_id text" THEN TRUE WHEN "user_id" IS NOT NULL THEN REGEXP_FULL_MATCH("user_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "user_id fits",
    CASE WHEN CAST("group_id" AS VARCHAR) = "group_id text" THEN TRUE WHEN "group_id" IS NOT NULL THEN REGEXP_FULL_MATCH("group_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "group_id fits",
    "role" IS NULL OR LENGTH("role") <= 20 AS "role fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "user_id fits" THEN 'user_id'
    WHEN NOT "group_id fits" THEN 'group_id'
    WHEN NOT "role fits" THEN 'role'
  END AS "column_name",
  CASE
    WHEN "user_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "user_id fits" THEN 'not an integer'
    WHEN "group_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "group_id fits" THEN 'not an integer'
    WHEN NOT "role fits" THEN 'longer than 20 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("user_id fits"
  AND "group_id fits"
  AND "role fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."members_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."members"
WHERE "hk_user_id" IN (
  SELECT "hk_user_id"
  FROM "stage"."members"
  GROUP BY "hk_user_id"
  HAVING COUNT(*) > 1
);
