-- stage dialogs: rendered by dv-gen 0.1.0 from metadata/sources/social.yml:13.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."dialogs" CASCADE;

CREATE TABLE "stage"."dialogs" (
  "message_id" INTEGER NOT NULL,
  "message_ts" TIMESTAMP,
  "message_from" INTEGER NOT NULL,
  "message_to" INTEGER,
  "message" VARCHAR(4000),
  "message_group" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_user_id" VARBINARY(16) NOT NULL,
  "hk_group_id" VARBINARY(16),
  "hk_message_id" VARBINARY(16) NOT NULL,
  "hk_l_user_message" VARBINARY(16) NOT NULL,
  "hk_l_groups_dialogs" VARBINARY(16),
  "hashdiff_s_dialog_info" VARBINARY(16) NOT NULL
)
ORDER BY "hk_message_id"
SEGMENTED BY HASH("hk_message_id") ALL NODES;

DROP TABLE IF EXISTS "stage"."dialogs_repeats" CASCADE;

CREATE TABLE "stage"."dialogs_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_dialogs";

CREATE LOCAL TEMPORARY TABLE "raw_dialogs" (
  "row_no" INTEGER NOT NULL,
  "message_id" VARCHAR(404),
  "message_ts" VARCHAR(404),
  "message_from" VARCHAR(404),
  "message_to" VARCHAR(404),
  "message" VARCHAR(4004),
  "message_group" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:dialogs')*/ "raw_dialogs" (
  "row_no",
  "message_id",
  "message_ts",
  "message_from",
  "message_to",
  "message",
  "message_group"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_dialogs_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:dialogs')*/ INTO "stage"."dialogs" (
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
SELECT
  "message_id",
  "message_ts",
  "message_from",
  "message_to",
  "message",
  "message_group",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("message_from" AS VARCHAR(11)))) AS "hk_user_id",
  CASE WHEN "message_group" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("message_group" AS VARCHAR(11)))) END AS "hk_group_id",
  HEX_TO_BINARY(MD5(CAST("message_id" AS VARCHAR(11)))) AS "hk_message_id",
  HEX_TO_BINARY(MD5(CAST("message_from" AS VARCHAR(11)) || '|' || CAST("message_id" AS VARCHAR(11)))) AS "hk_l_user_message",
  CASE WHEN "message_group" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("message_id" AS VARCHAR(11)) || '|' || CAST("message_group" AS VARCHAR(11)))) END AS "hk_l_groups_dialogs",
  HEX_TO_BINARY(MD5(SUBSTR(
    COALESCE('|message=' || REPLACE(REPLACE("message", '\', '\\'), '|', '\|'), '')
    || '|message_from=' || CAST("message_from" AS VARCHAR(11))
    || COALESCE('|message_to=' || CAST("message_to" AS VARCHAR(11)), ''),
    2
  ))) AS "hashdiff_s_dialog_info"
FROM (
  SELECT
    "message_id",
    "message_ts",
    "message_from",
    "message_to",
    "message",
    "message_group",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "message_id text" IS NOT NULL AND "message_id" IS NOT NULL AND "message_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("message_id" AS VARCHAR(11)) = "message_id text" OR REGEXP_LIKE("message_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "message_id fits",
      "message_ts text" IS NULL OR "message_ts" IS NOT NULL AND "message_ts" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("message_ts" AS VARCHAR(26)) = "message_ts text" OR REGEXP_LIKE("message_ts text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "message_ts fits",
      "message_from text" IS NOT NULL AND "message_from" IS NOT NULL AND "message_from" BETWEEN -2147483648 AND 2147483647 AND (CAST("message_from" AS VARCHAR(11)) = "message_from text" OR REGEXP_LIKE("message_from text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "message_from fits",
      "message_to text" IS NULL OR "message_to" IS NOT NULL AND "message_to" BETWEEN -2147483648 AND 2147483647 AND (CAST("message_to" AS VARCHAR(11)) = "message_to text" OR REGEXP_LIKE("message_to text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "message_to fits",
      "message" IS NULL OR CHARACTER_LENGTH("message") <= 1000 AS "message fits",
      "message_group text" IS NULL OR "message_group" IS NOT NULL AND "message_group" BETWEEN -2147483648 AND 2147483647 AND (CAST("message_group" AS VARCHAR(11)) = "message_group text" OR REGEXP_LIKE("message_group text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "message_group fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."message_id", 2) AS "message_id text",
        SUBSTR(raw."message_id", 2)::!INTEGER AS "message_id",
        SUBSTR(raw."message_ts", 2) AS "message_ts text",
        SUBSTR(raw."message_ts", 2)::!TIMESTAMP AS "message_ts",
        SUBSTR(raw."message_from", 2) AS "message_from text",
        SUBSTR(raw."message_from", 2)::!INTEGER AS "message_from",
        SUBSTR(raw."message_to", 2) AS "message_to text",
        SUBSTR(raw."message_to", 2)::!INTEGER AS "message_to",
        SUBSTR(raw."message", 2) AS "message",
        SUBSTR(raw."message_group", 2) AS "message_group text",
        SUBSTR(raw."message_group", 2)::!INTEGER AS "message_group"
      FROM "raw_dialogs" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "message_id fits"
    AND "message_ts fits"
    AND "message_from fits"
    AND "message_to fits"
    AND "message fits"
    AND "message_group fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."message_id", 2) AS "message_id text",
    SUBSTR(raw."message_id", 2)::!INTEGER AS "message_id",
    SUBSTR(raw."message_ts", 2) AS "message_ts text",
    SUBSTR(raw."message_ts", 2)::!TIMESTAMP AS "message_ts",
    SUBSTR(raw."message_from", 2) AS "message_from text",
    SUBSTR(raw."message_from", 2)::!INTEGER AS "message_from",
    SUBSTR(raw."message_to", 2) AS "message_to text",
    SUBSTR(raw."message_to", 2)::!INTEGER AS "message_to",
    SUBSTR(raw."message", 2) AS "message",
    SUBSTR(raw."message_group", 2) AS "message_group text",
    SUBSTR(raw."message_group", 2)::!INTEGER AS "message_group"
  FROM "raw_dialogs" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "message_id text" IS NOT NULL AND "message_id" IS NOT NULL AND "message_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("message_id" AS VARCHAR(11)) = "message_id text" OR REGEXP_LIKE("message_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "message_id fits",
    "message_ts text" IS NULL OR "message_ts" IS NOT NULL AND "message_ts" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("message_ts" AS VARCHAR(26)) = "message_ts text" OR REGEXP_LIKE("message_ts text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "message_ts fits",
    "message_from text" IS NOT NULL AND "message_from" IS NOT NULL AND "message_from" BETWEEN -2147483648 AND 2147483647 AND (CAST("message_from" AS VARCHAR(11)) = "message_from text" OR REGEXP_LIKE("message_from text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "message_from fits",
    "message_to text" IS NULL OR "message_to" IS NOT NULL AND "message_to" BETWEEN -2147483648 AND 2147483647 AND (CAST("message_to" AS VARCHAR(11)) = "message_to text" OR REGEXP_LIKE("message_to text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "message_to fits",
    "message" IS NULL OR CHARACTER_LENGTH("message") <= 1000 AS "message fits",
    "message_group text" IS NULL OR "message_group" IS NOT NULL AND "message_group" BETWEEN -2147483648 AND 2147483647 AND (CAST("message_group" AS VARCHAR(11)) = "message_group text" OR REGEXP_LIKE("message_group text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "message_group fits"
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
INSERT /*+LABEL('dv_gen:dialogs')*/ INTO "stage"."dialogs_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."dialogs"
WHERE "hk_message_id" IN (
  SELECT "hk_message_id"
  FROM "stage"."dialogs"
  GROUP BY "hk_message_id"
  HAVING COUNT(*) > 1
);
