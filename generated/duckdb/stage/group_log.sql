-- stage group_log: rendered by dv-gen 0.1.0 from metadata/sources/social.yml:18.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."group_log";

CREATE TABLE "stage"."group_log" (
  "group_id" INTEGER NOT NULL,
  "user_id" INTEGER NOT NULL,
  "user_id_from" INTEGER,
  "event" VARCHAR(20),
  "datetime" TIMESTAMP,
  "id" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hk_user_id_inviter" UUID,
  "hk_group_id" UUID NOT NULL,
  "hk_group_log_id" UUID NOT NULL,
  "hk_l_group_logs_users" UUID NOT NULL,
  "hk_l_group_logs_groups" UUID NOT NULL,
  "hk_l_group_logs_users_from" UUID
);

DROP TABLE IF EXISTS "stage"."group_log_repeats";

CREATE TABLE "stage"."group_log_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_group_log";

CREATE TEMPORARY TABLE "raw_group_log" (
  "group_id" VARCHAR,
  "user_id" VARCHAR,
  "user_id_from" VARCHAR,
  "event" VARCHAR,
  "datetime" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_group_log" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'group_id',
  'user_id',
  'user_id_from',
  'event',
  'datetime'
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
INSERT INTO "stage"."group_log" (
  "group_id",
  "user_id",
  "user_id_from",
  "event",
  "datetime",
  "id",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hk_user_id_inviter",
  "hk_group_id",
  "hk_group_log_id",
  "hk_l_group_logs_users",
  "hk_l_group_logs_groups",
  "hk_l_group_logs_users_from"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_group_log") + 1 AS "row_no",
    raw."group_id" AS "group_id text",
    TRY_CAST(raw."group_id" AS INTEGER) AS "group_id",
    raw."user_id" AS "user_id text",
    TRY_CAST(raw."user_id" AS INTEGER) AS "user_id",
    raw."user_id_from" AS "user_id_from text",
    TRY_CAST(raw."user_id_from" AS INTEGER) AS "user_id_from",
    raw."event" AS "event",
    raw."datetime" AS "datetime text",
    TRY_CAST(raw."datetime" AS TIMESTAMP) AS "datetime"
  FROM "raw_group_log" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("group_id" AS VARCHAR) = "group_id text" THEN TRUE WHEN "group_id" IS NOT NULL THEN REGEXP_FULL_MATCH("group_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "group_id fits",
    CASE WHEN CAST("user_id" AS VARCHAR) = "user_id text" THEN TRUE WHEN "user_id" IS NOT NULL THEN REGEXP_FULL_MATCH("user_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "user_id fits",
    CASE WHEN CAST("user_id_from" AS VARCHAR) = "user_id_from text" THEN TRUE WHEN "user_id_from" IS NOT NULL THEN REGEXP_FULL_MATCH("user_id_from text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "user_id_from text" IS NULL END AS "user_id_from fits",
    "event" IS NULL OR LENGTH("event") <= 20 AS "event fits",
    CASE WHEN CAST("datetime" AS VARCHAR) = "datetime text" AND "datetime" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "datetime" IS NOT NULL AND "datetime" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("datetime text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "datetime text" IS NULL END AS "datetime fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "group_id",
    "user_id",
    "user_id_from",
    "event",
    "datetime",
    "row_no"
  FROM "checked"
  WHERE "group_id fits"
    AND "user_id fits"
    AND "user_id_from fits"
    AND "event fits"
    AND "datetime fits"
),
"identified" AS (
  SELECT
    fitting.*,
    MD5(CONCAT_WS('|', CAST("group_id" AS VARCHAR), CAST("user_id" AS VARCHAR), COALESCE(CASE WHEN CONTAINS("event", '\') OR CONTAINS("event", '|') THEN REPLACE(REPLACE("event", '\', '\\'), '|', '\|') ELSE "event" END, '\N'), COALESCE(CAST("datetime" AS VARCHAR), '\N'))) AS "id text"
  FROM "fitting" AS fitting
)
SELECT
  "group_id",
  "user_id",
  "user_id_from",
  "event",
  "datetime",
  UNHEX("id text")::UUID AS "id",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("user_id" AS VARCHAR)))::UUID AS "hk_user_id",
  CASE WHEN "user_id_from" IS NOT NULL THEN UNHEX(MD5(CAST("user_id_from" AS VARCHAR)))::UUID END AS "hk_user_id_inviter",
  UNHEX(MD5(CAST("group_id" AS VARCHAR)))::UUID AS "hk_group_id",
  UNHEX(MD5("id text"))::UUID AS "hk_group_log_id",
  UNHEX(MD5(CONCAT_WS('|', "id text", CAST("user_id" AS VARCHAR))))::UUID AS "hk_l_group_logs_users",
  UNHEX(MD5(CONCAT_WS('|', "id text", CAST("group_id" AS VARCHAR))))::UUID AS "hk_l_group_logs_groups",
  CASE WHEN "user_id_from" IS NOT NULL THEN UNHEX(MD5(CONCAT_WS('|', "id text", CAST("user_id_from" AS VARCHAR))))::UUID END AS "hk_l_group_logs_users_from"
FROM "identified";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_group_log") + 1 AS "row_no",
    raw."group_id" AS "group_id text",
    TRY_CAST(raw."group_id" AS INTEGER) AS "group_id",
    raw."user_id" AS "user_id text",
    TRY_CAST(raw."user_id" AS INTEGER) AS "user_id",
    raw."user_id_from" AS "user_id_from text",
    TRY_CAST(raw."user_id_from" AS INTEGER) AS "user_id_from",
    raw."event" AS "event",
    raw."datetime" AS "datetime text",
    TRY_CAST(raw."datetime" AS TIMESTAMP) AS "datetime"
  FROM "raw_group_log" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("group_id" AS VARCHAR) = "group_id text" THEN TRUE WHEN "group_id" IS NOT NULL THEN REGEXP_FULL_MATCH("group_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "group_id fits",
    CASE WHEN CAST("user_id" AS VARCHAR) = "user_id text" THEN TRUE WHEN "user_id" IS NOT NULL THEN REGEXP_FULL_MATCH("user_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "user_id fits",
    CASE WHEN CAST("user_id_from" AS VARCHAR) = "user_id_from text" THEN TRUE WHEN "user_id_from" IS NOT NULL THEN REGEXP_FULL_MATCH("user_id_from text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "user_id_from text" IS NULL END AS "user_id_from fits",
    "event" IS NULL OR LENGTH("event") <= 20 AS "event fits",
    CASE WHEN CAST("datetime" AS VARCHAR) = "datetime text" AND "datetime" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "datetime" IS NOT NULL AND "datetime" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("datetime text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "datetime text" IS NULL END AS "datetime fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "group_id fits" THEN 'group_id'
    WHEN NOT "user_id fits" THEN 'user_id'
    WHEN NOT "user_id_from fits" THEN 'user_id_from'
    WHEN NOT "event fits" THEN 'event'
    WHEN NOT "datetime fits" THEN 'datetime'
  END AS "column_name",
  CASE
    WHEN "group_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "group_id fits" THEN 'not an integer'
    WHEN "user_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "user_id fits" THEN 'not an integer'
    WHEN NOT "user_id_from fits" THEN 'not an integer'
    WHEN NOT "event fits" THEN 'longer than 20 characters'
    WHEN NOT "datetime fits" THEN 'not a timestamp'
  END AS "reason"
FROM "checked"
WHERE NOT ("group_id fits"
  AND "user_id fits"
  AND "user_id_from fits"
  AND "event fits"
  AND "datetime fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."group_log_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."group_log"
WHERE "hk_group_log_id" IN (
  SELECT "hk_group_log_id"
  FROM "stage"."group_log"
  GROUP BY "hk_group_log_id"
  HAVING COUNT(*) > 1
);
