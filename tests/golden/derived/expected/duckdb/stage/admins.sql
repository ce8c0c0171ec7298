-- stage admins: rendered by dv-gen from metadata/admins.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."admins";

CREATE TABLE "stage"."admins" (
  "user_id" INTEGER NOT NULL,
  "group_id" INTEGER NOT NULL,
  "since" TIMESTAMP,
  "title" VARCHAR(20),
  "tenant" VARCHAR(28) NOT NULL,
  "is_admin" BOOLEAN NOT NULL,
  "level" SMALLINT NOT NULL,
  "valid_to" DATE NOT NULL,
  "label" VARCHAR(40),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hk_group_id" UUID NOT NULL,
  "hk_tenant" UUID,
  "hk_l_admins" UUID,
  "hashdiff_s_admins" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."admins_repeats";

CREATE TABLE "stage"."admins_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_admins";

CREATE TEMPORARY TABLE "raw_admins" (
  "user_id" VARCHAR,
  "group_id" VARCHAR,
  "since" VARCHAR,
  "title" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_admins" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'user_id',
  'group_id',
  'since',
  'title'
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
INSERT INTO "stage"."admins" (
  "user_id",
  "group_id",
  "since",
  "title",
  "tenant",
  "is_admin",
  "level",
  "valid_to",
  "label",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hk_group_id",
  "hk_tenant",
  "hk_l_admins",
  "hashdiff_s_admins"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_admins") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    TRY_CAST(raw."user_id" AS INTEGER) AS "user_id",
    raw."group_id" AS "group_id text",
    TRY_CAST(raw."group_id" AS INTEGER) AS "group_id",
    raw."since" AS "since text",
    TRY_CAST(raw."since" AS TIMESTAMP) AS "since",
    raw."title" AS "title"
  FROM "raw_admins" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("user_id" AS VARCHAR) = "user_id text" THEN TRUE WHEN "user_id" IS NOT NULL THEN REGEXP_FULL_MATCH("user_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "user_id fits",
    CASE WHEN CAST("group_id" AS VARCHAR) = "group_id text" THEN TRUE WHEN "group_id" IS NOT NULL THEN REGEXP_FULL_MATCH("group_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "group_id fits",
    CASE WHEN CAST("since" AS VARCHAR) = "since text" AND "since" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "since" IS NOT NULL AND "since" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("since text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "since text" IS NULL END AS "since fits",
    "title" IS NULL OR LENGTH("title") <= 20 AS "title fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "user_id",
    "group_id",
    "since",
    "title",
    "row_no"
  FROM "checked"
  WHERE "user_id fits"
    AND "group_id fits"
    AND "since fits"
    AND "title fits"
),
"given" AS (
  SELECT
    fitting.*,
    COALESCE(title, 'none') || ' of ' || group_id AS "label raw"
  FROM "fitting" AS fitting
),
"derived" AS (
  SELECT
    given.*,
    CAST('It''s -- ours; :file $load_dt' AS VARCHAR(28)) AS "tenant",
    CAST(TRUE AS BOOLEAN) AS "is_admin",
    CAST(1 AS SMALLINT) AS "level",
    CAST('9999-12-31' AS DATE) AS "valid_to",
    CAST("label raw" AS VARCHAR) AS "label",
    "label raw" IS NULL OR LENGTH(CAST("label raw" AS VARCHAR)) <= 40 AS "label fits"
  FROM "given" AS given
)
SELECT
  "user_id",
  "group_id",
  "since",
  "title",
  "tenant",
  "is_admin",
  "level",
  "valid_to",
  "label",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("user_id" AS VARCHAR)))::UUID AS "hk_user_id",
  UNHEX(MD5(CAST("group_id" AS VARCHAR)))::UUID AS "hk_group_id",
  CASE WHEN TRIM(BOTH ' ' FROM "tenant") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("tenant", '\') OR CONTAINS("tenant", '|') THEN REPLACE(REPLACE("tenant", '\', '\\'), '|', '\|') ELSE "tenant" END))))::UUID END AS "hk_tenant",
  CASE WHEN TRIM(BOTH ' ' FROM "tenant") <> '' THEN UNHEX(MD5(CONCAT_WS('|', CAST("user_id" AS VARCHAR), CAST("group_id" AS VARCHAR), UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("tenant", '\') OR CONTAINS("tenant", '|') THEN REPLACE(REPLACE("tenant", '\', '\\'), '|', '\|') ELSE "tenant" END)))))::UUID END AS "hk_l_admins",
  UNHEX(MD5(CONCAT_WS(
    '|',
    'is_admin=' || CAST("is_admin" AS VARCHAR),
    'label=' || CASE WHEN CONTAINS("label", '\') OR CONTAINS("label", '|') THEN REPLACE(REPLACE("label", '\', '\\'), '|', '\|') ELSE "label" END,
    'level=' || CAST("level" AS VARCHAR),
    'valid_to=' || CAST("valid_to" AS VARCHAR)
  )))::UUID AS "hashdiff_s_admins"
FROM "derived"
WHERE "label fits";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_admins") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    TRY_CAST(raw."user_id" AS INTEGER) AS "user_id",
    raw."group_id" AS "group_id text",
    TRY_CAST(raw."group_id" AS INTEGER) AS "group_id",
    raw."since" AS "since text",
    TRY_CAST(raw."since" AS TIMESTAMP) AS "since",
    raw."title" AS "title"
  FROM "raw_admins" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("user_id" AS VARCHAR) = "user_id text" THEN TRUE WHEN "user_id" IS NOT NULL THEN REGEXP_FULL_MATCH("user_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "user_id fits",
    CASE WHEN CAST("group_id" AS VARCHAR) = "group_id text" THEN TRUE WHEN "group_id" IS NOT NULL THEN REGEXP_FULL_MATCH("group_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "group_id fits",
    CASE WHEN CAST("since" AS VARCHAR) = "since text" AND "since" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "since" IS NOT NULL AND "since" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("since text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "since text" IS NULL END AS "since fits",
    "title" IS NULL OR LENGTH("title") <= 20 AS "title fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "user_id",
    "group_id",
    "since",
    "title",
    "row_no"
  FROM "checked"
  WHERE "user_id fits"
    AND "group_id fits"
    AND "since fits"
    AND "title fits"
),
"given" AS (
  SELECT
    fitting.*,
    COALESCE(title, 'none') || ' of ' || group_id AS "label raw"
  FROM "fitting" AS fitting
),
"derived" AS (
  SELECT
    given.*,
    CAST('It''s -- ours; :file $load_dt' AS VARCHAR(28)) AS "tenant",
    CAST(TRUE AS BOOLEAN) AS "is_admin",
    CAST(1 AS SMALLINT) AS "level",
    CAST('9999-12-31' AS DATE) AS "valid_to",
    CAST("label raw" AS VARCHAR) AS "label",
    "label raw" IS NULL OR LENGTH(CAST("label raw" AS VARCHAR)) <= 40 AS "label fits"
  FROM "given" AS given
)
SELECT
  "row_no",
  CASE
    WHEN NOT "user_id fits" THEN 'user_id'
    WHEN NOT "group_id fits" THEN 'group_id'
    WHEN NOT "since fits" THEN 'since'
    WHEN NOT "title fits" THEN 'title'
  END AS "column_name",
  CASE
    WHEN "user_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "user_id fits" THEN 'not an integer'
    WHEN "group_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "group_id fits" THEN 'not an integer'
    WHEN NOT "since fits" THEN 'not a timestamp'
    WHEN NOT "title fits" THEN 'longer than 20 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("user_id fits"
  AND "group_id fits"
  AND "since fits"
  AND "title fits")
UNION ALL
SELECT
  "row_no",
  CASE
    WHEN NOT "label fits" THEN 'label'
  END AS "column_name",
  CASE
    WHEN NOT "label fits" THEN 'longer than 40 characters'
  END AS "reason"
FROM "derived"
WHERE NOT ("label fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."admins_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."admins"
WHERE "hk_user_id" IN (
  SELECT "hk_user_id"
  FROM "stage"."admins"
  GROUP BY "hk_user_id"
  HAVING COUNT(*) > 1
);
