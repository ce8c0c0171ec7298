-- stage dialogs: rendered by dv-gen 0.1.0 from metadata/sources/social.yml:13.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."dialogs";

CREATE TABLE "stage"."dialogs" (
  "message_id" INTEGER NOT NULL,
  "message_ts" TIMESTAMP,
  "message_from" INTEGER NOT NULL,
  "message_to" INTEGER,
  "message" VARCHAR(1000) COLLATE "C",
  "message_group" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
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
DROP TABLE IF EXISTS pg_temp."raw_dialogs";

CREATE TEMPORARY TABLE "raw_dialogs" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "message_id" TEXT COLLATE "C",
  "message_ts" TEXT COLLATE "C",
  "message_from" TEXT COLLATE "C",
  "message_to" TEXT COLLATE "C",
  "message" TEXT COLLATE "C",
  "message_group" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_dialogs";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_dialogs" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_dialogs") + 1 AS "row_no",
    raw."message_id" AS "message_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."message_id", 'integer') THEN CAST(raw."message_id" AS INTEGER) END AS "message_id",
    raw."message_ts" AS "message_ts text",
    CASE WHEN PG_INPUT_IS_VALID(raw."message_ts", 'timestamp') THEN CAST(raw."message_ts" AS TIMESTAMP) END AS "message_ts",
    raw."message_from" AS "message_from text",
    CASE WHEN PG_INPUT_IS_VALID(raw."message_from", 'integer') THEN CAST(raw."message_from" AS INTEGER) END AS "message_from",
    raw."message_to" AS "message_to text",
    CASE WHEN PG_INPUT_IS_VALID(raw."message_to", 'integer') THEN CAST(raw."message_to" AS INTEGER) END AS "message_to",
    raw."message" AS "message",
    raw."message_group" AS "message_group text",
    CASE WHEN PG_INPUT_IS_VALID(raw."message_group", 'integer') THEN CAST(raw."message_group" AS INTEGER) END AS "message_group"
  FROM "raw_dialogs" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "message_id text" IS NOT NULL AND "message_id" IS NOT NULL AND (CAST("message_id" AS TEXT) = "message_id text" OR "message_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "message_id fits",
    "message_ts text" IS NULL OR "message_ts" IS NOT NULL AND "message_ts" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("message_ts" AS TEXT) = "message_ts text" OR "message_ts text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "message_ts fits",
    "message_from text" IS NOT NULL AND "message_from" IS NOT NULL AND (CAST("message_from" AS TEXT) = "message_from text" OR "message_from text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "message_from fits",
    "message_to text" IS NULL OR "message_to" IS NOT NULL AND (CAST("message_to" AS TEXT) = "message_to text" OR "message_to text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "message_to fits",
    "message" IS NULL OR LENGTH("message") <= 1000 AS "message fits",
    "message_group text" IS NULL OR "message_group" IS NOT NULL AND (CAST("message_group" AS TEXT) = "message_group text" OR "message_group text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "message_group fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("message_from" AS TEXT))::UUID AS "hk_user_id",
  CASE WHEN "message_group" IS NOT NULL THEN MD5(CAST("message_group" AS TEXT))::UUID END AS "hk_group_id",
  MD5(CAST("message_id" AS TEXT))::UUID AS "hk_message_id",
  MD5(CAST("message_from" AS TEXT) || '|' || CAST("message_id" AS TEXT))::UUID AS "hk_l_user_message",
  CASE WHEN "message_group" IS NOT NULL THEN MD5(CAST("message_id" AS TEXT) || '|' || CAST("message_group" AS TEXT))::UUID END AS "hk_l_groups_dialogs",
  MD5(CONCAT_WS(
    '|',
    'message=' || REPLACE(REPLACE("message", '\', '\\'), '|', '\|'),
    'message_from=' || CAST("message_from" AS TEXT),
    'message_to=' || CAST("message_to" AS TEXT)
  ))::UUID AS "hashdiff_s_dialog_info"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_dialogs") + 1 AS "row_no",
    raw."message_id" AS "message_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."message_id", 'integer') THEN CAST(raw."message_id" AS INTEGER) END AS "message_id",
    raw."message_ts" AS "message_ts text",
    CASE WHEN PG_INPUT_IS_VALID(raw."message_ts", 'timestamp') THEN CAST(raw."message_ts" AS TIMESTAMP) END AS "message_ts",
    raw."message_from" AS "message_from text",
    CASE WHEN PG_INPUT_IS_VALID(raw."message_from", 'integer') THEN CAST(raw."message_from" AS INTEGER) END AS "message_from",
    raw."message_to" AS "message_to text",
    CASE WHEN PG_INPUT_IS_VALID(raw."message_to", 'integer') THEN CAST(raw."message_to" AS INTEGER) END AS "message_to",
    raw."message" AS "message",
    raw."message_group" AS "message_group text",
    CASE WHEN PG_INPUT_IS_VALID(raw."message_group", 'integer') THEN CAST(raw."message_group" AS INTEGER) END AS "message_group"
  FROM "raw_dialogs" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "message_id text" IS NOT NULL AND "message_id" IS NOT NULL AND (CAST("message_id" AS TEXT) = "message_id text" OR "message_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "message_id fits",
    "message_ts text" IS NULL OR "message_ts" IS NOT NULL AND "message_ts" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("message_ts" AS TEXT) = "message_ts text" OR "message_ts text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "message_ts fits",
    "message_from text" IS NOT NULL AND "message_from" IS NOT NULL AND (CAST("message_from" AS TEXT) = "message_from text" OR "message_from text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "message_from fits",
    "message_to text" IS NULL OR "message_to" IS NOT NULL AND (CAST("message_to" AS TEXT) = "message_to text" OR "message_to text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "message_to fits",
    "message" IS NULL OR LENGTH("message") <= 1000 AS "message fits",
    "message_group text" IS NULL OR "message_group" IS NOT NULL AND (CAST("message_group" AS TEXT) = "message_group text" OR "message_group text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "message_group fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."dialogs" ("load_dt", "hk_user_id", "hk_group_id", "hk_message_id", "hk_l_user_message", "hk_l_groups_dialogs");

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
