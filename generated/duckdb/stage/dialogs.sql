-- stage dialogs: rendered by dv-gen 0.1.0 from metadata/sources/social.yml:13.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."dialogs";

CREATE TABLE "stage"."dialogs" (
  "message_id" INTEGER NOT NULL,
  "message_ts" TIMESTAMP,
  "message_from" INTEGER NOT NULL,
  "message_to" INTEGER,
  "message" VARCHAR(1000),
  "message_group" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hk_group_id" UUID,
  "hk_message_id" UUID NOT NULL,
  "hk_l_user_message" UUID NOT NULL,
  "hk_l_groups_dialogs" UUID,
  "hashdiff_s_dialog_info" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."dialogs_repeats";

CREATE TABLE "stage"."dialogs_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_dialogs";

CREATE TEMPORARY TABLE "raw_dialogs" (
  "message_id" VARCHAR,
  "message_ts" VARCHAR,
  "message_from" VARCHAR,
  "message_to" VARCHAR,
  "message" VARCHAR,
  "message_group" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_dialogs" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'message_id',
  'message_ts',
  'message_from',
  'message_to',
  'message',
  'message_group'
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
INSERT INTO "stage"."dialogs" (
  "message_id",
  "message_ts",
  "message_from",
  "message_to",
  "message",
  "message_group",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hk_group_id",
  "hk_message_id",
  "hk_l_user_message",
  "hk_l_groups_dialogs",
  "hashdiff_s_dialog_info"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_dialogs") + 1 AS "row_no",
    raw."message_id" AS "message_id text",
    TRY_CAST(raw."message_id" AS INTEGER) AS "message_id",
    raw."message_ts" AS "message_ts text",
    TRY_CAST(raw."message_ts" AS TIMESTAMP) AS "message_ts",
    raw."message_from" AS "message_from text",
    TRY_CAST(raw."message_from" AS INTEGER) AS "message_from",
    raw."message_to" AS "message_to text",
    TRY_CAST(raw."message_to" AS INTEGER) AS "message_to",
    raw."message" AS "message",
    raw."message_group" AS "message_group text",
    TRY_CAST(raw."message_group" AS INTEGER) AS "message_group"
  FROM "raw_dialogs" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("message_id" AS VARCHAR) = "message_id text" THEN TRUE WHEN "message_id" IS NOT NULL THEN REGEXP_FULL_MATCH("message_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "message_id fits",
    CASE WHEN CAST("message_ts" AS VARCHAR) = "message_ts text" AND "message_ts" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "message_ts" IS NOT NULL AND "message_ts" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("message_ts text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "message_ts text" IS NULL END AS "message_ts fits",
    CASE WHEN CAST("message_from" AS VARCHAR) = "message_from text" THEN TRUE WHEN "message_from" IS NOT NULL THEN REGEXP_FULL_MATCH("message_from text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "message_from fits",
    CASE WHEN CAST("message_to" AS VARCHAR) = "message_to text" THEN TRUE WHEN "message_to" IS NOT NULL THEN REGEXP_FULL_MATCH("message_to text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "message_to text" IS NULL END AS "message_to fits",
    "message" IS NULL OR LENGTH("message") <= 1000 AS "message fits",
    CASE WHEN CAST("message_group" AS VARCHAR) = "message_group text" THEN TRUE WHEN "message_group" IS NOT NULL THEN REGEXP_FULL_MATCH("message_group text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "message_group text" IS NULL END AS "message_group fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "message_id",
    "message_ts",
    "message_from",
    "message_to",
    "message",
    "message_group",
    "row_no"
  FROM "checked"
  WHERE "message_id fits"
    AND "message_ts fits"
    AND "message_from fits"
    AND "message_to fits"
    AND "message fits"
    AND "message_group fits"
)
SELECT
  "message_id",
  "message_ts",
  "message_from",
  "message_to",
  "message",
  "message_group",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("message_from" AS VARCHAR)))::UUID AS "hk_user_id",
  CASE WHEN "message_group" IS NOT NULL THEN UNHEX(MD5(CAST("message_group" AS VARCHAR)))::UUID END AS "hk_group_id",
  UNHEX(MD5(CAST("message_id" AS VARCHAR)))::UUID AS "hk_message_id",
  UNHEX(MD5(CONCAT_WS('|', CAST("message_from" AS VARCHAR), CAST("message_id" AS VARCHAR))))::UUID AS "hk_l_user_message",
  CASE WHEN "message_group" IS NOT NULL THEN UNHEX(MD5(CONCAT_WS('|', CAST("message_id" AS VARCHAR), CAST("message_group" AS VARCHAR))))::UUID END AS "hk_l_groups_dialogs",
  UNHEX(MD5(CONCAT_WS(
    '|',
    'message=' || CASE WHEN CONTAINS("message", '\') OR CONTAINS("message", '|') THEN REPLACE(REPLACE("message", '\', '\\'), '|', '\|') ELSE "message" END,
    'message_from=' || CAST("message_from" AS VARCHAR),
    'message_to=' || CAST("message_to" AS VARCHAR)
  )))::UUID AS "hashdiff_s_dialog_info"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_dialogs") + 1 AS "row_no",
    raw."message_id" AS "message_id text",
    TRY_CAST(raw."message_id" AS INTEGER) AS "message_id",
    raw."message_ts" AS "message_ts text",
    TRY_CAST(raw."message_ts" AS TIMESTAMP) AS "message_ts",
    raw."message_from" AS "message_from text",
    TRY_CAST(raw."message_from" AS INTEGER) AS "message_from",
    raw."message_to" AS "message_to text",
    TRY_CAST(raw."message_to" AS INTEGER) AS "message_to",
    raw."message" AS "message",
    raw."message_group" AS "message_group text",
    TRY_CAST(raw."message_group" AS INTEGER) AS "message_group"
  FROM "raw_dialogs" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("message_id" AS VARCHAR) = "message_id text" THEN TRUE WHEN "message_id" IS NOT NULL THEN REGEXP_FULL_MATCH("message_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "message_id fits",
    CASE WHEN CAST("message_ts" AS VARCHAR) = "message_ts text" AND "message_ts" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "message_ts" IS NOT NULL AND "message_ts" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("message_ts text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "message_ts text" IS NULL END AS "message_ts fits",
    CASE WHEN CAST("message_from" AS VARCHAR) = "message_from text" THEN TRUE WHEN "message_from" IS NOT NULL THEN REGEXP_FULL_MATCH("message_from text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "message_from fits",
    CASE WHEN CAST("message_to" AS VARCHAR) = "message_to text" THEN TRUE WHEN "message_to" IS NOT NULL THEN REGEXP_FULL_MATCH("message_to text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "message_to text" IS NULL END AS "message_to fits",
    "message" IS NULL OR LENGTH("message") <= 1000 AS "message fits",
    CASE WHEN CAST("message_group" AS VARCHAR) = "message_group text" THEN TRUE WHEN "message_group" IS NOT NULL THEN REGEXP_FULL_MATCH("message_group text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "message_group text" IS NULL END AS "message_group fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "message_id fits" THEN 'message_id'
    WHEN NOT "message_ts fits" THEN 'message_ts'
    WHEN NOT "message_from fits" THEN 'message_from'
    WHEN NOT "message_to fits" THEN 'message_to'
    WHEN NOT "message fits" THEN 'message'
    WHEN NOT "message_group fits" THEN 'message_group'
  END AS "column_name",
  CASE
    WHEN "message_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "message_id fits" THEN 'not an integer'
    WHEN NOT "message_ts fits" THEN 'not a timestamp'
    WHEN "message_from text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "message_from fits" THEN 'not an integer'
    WHEN NOT "message_to fits" THEN 'not an integer'
    WHEN NOT "message fits" THEN 'longer than 1000 characters'
    WHEN NOT "message_group fits" THEN 'not an integer'
  END AS "reason"
FROM "checked"
WHERE NOT ("message_id fits"
  AND "message_ts fits"
  AND "message_from fits"
  AND "message_to fits"
  AND "message fits"
  AND "message_group fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."dialogs_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."dialogs"
WHERE "hk_message_id" IN (
  SELECT "hk_message_id"
  FROM "stage"."dialogs"
  GROUP BY "hk_message_id"
  HAVING COUNT(*) > 1
);
