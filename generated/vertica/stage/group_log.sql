-- stage group_log: rendered by dv-gen 0.1.0 from metadata/sources/social.yml:18.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."group_log" CASCADE;

CREATE TABLE "stage"."group_log" (
  "group_id" INTEGER NOT NULL,
  "user_id" INTEGER NOT NULL,
  "user_id_from" INTEGER,
  "event" VARCHAR(80),
  "datetime" TIMESTAMP,
  "id" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_user_id" VARBINARY(16) NOT NULL,
  "hk_user_id_inviter" VARBINARY(16),
  "hk_group_id" VARBINARY(16) NOT NULL,
  "hk_group_log_id" VARBINARY(16) NOT NULL,
  "hk_l_group_logs_users" VARBINARY(16) NOT NULL,
  "hk_l_group_logs_groups" VARBINARY(16) NOT NULL,
  "hk_l_group_logs_users_from" VARBINARY(16)
)
ORDER BY "hk_group_log_id"
SEGMENTED BY HASH("hk_group_log_id") ALL NODES;

DROP TABLE IF EXISTS "stage"."group_log_repeats" CASCADE;

CREATE TABLE "stage"."group_log_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_group_log";

CREATE LOCAL TEMPORARY TABLE "raw_group_log" (
  "row_no" INTEGER NOT NULL,
  "group_id" VARCHAR(404),
  "user_id" VARCHAR(404),
  "user_id_from" VARCHAR(404),
  "event" VARCHAR(84),
  "datetime" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:group_log')*/ "raw_group_log" (
  "row_no",
  "group_id",
  "user_id",
  "user_id_from",
  "event",
  "datetime"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_group_log_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:group_log')*/ INTO "stage"."group_log" (
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
SELECT
  "group_id",
  "user_id",
  "user_id_from",
  "event",
  "datetime",
  HEX_TO_BINARY("id text") AS "id",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("user_id" AS VARCHAR(11)))) AS "hk_user_id",
  CASE WHEN "user_id_from" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("user_id_from" AS VARCHAR(11)))) END AS "hk_user_id_inviter",
  HEX_TO_BINARY(MD5(CAST("group_id" AS VARCHAR(11)))) AS "hk_group_id",
  HEX_TO_BINARY(MD5("id text")) AS "hk_group_log_id",
  HEX_TO_BINARY(MD5("id text" || '|' || CAST("user_id" AS VARCHAR(11)))) AS "hk_l_group_logs_users",
  HEX_TO_BINARY(MD5("id text" || '|' || CAST("group_id" AS VARCHAR(11)))) AS "hk_l_group_logs_groups",
  CASE WHEN "user_id_from" IS NOT NULL THEN HEX_TO_BINARY(MD5("id text" || '|' || CAST("user_id_from" AS VARCHAR(11)))) END AS "hk_l_group_logs_users_from"
FROM (
  SELECT
    fitting.*,
    MD5(CAST("group_id" AS VARCHAR(11)) || '|' || CAST("user_id" AS VARCHAR(11)) || '|' || COALESCE(REPLACE(REPLACE("event", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("datetime", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N')) AS "id text"
  FROM (
    SELECT
      "group_id",
      "user_id",
      "user_id_from",
      "event",
      "datetime",
      "row_no"
    FROM (
      SELECT
        typed.*,
        "group_id text" IS NOT NULL AND "group_id" IS NOT NULL AND "group_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("group_id" AS VARCHAR(11)) = "group_id text" OR REGEXP_LIKE("group_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "group_id fits",
        "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND "user_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("user_id" AS VARCHAR(11)) = "user_id text" OR REGEXP_LIKE("user_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "user_id fits",
        "user_id_from text" IS NULL OR "user_id_from" IS NOT NULL AND "user_id_from" BETWEEN -2147483648 AND 2147483647 AND (CAST("user_id_from" AS VARCHAR(11)) = "user_id_from text" OR REGEXP_LIKE("user_id_from text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "user_id_from fits",
        "event" IS NULL OR CHARACTER_LENGTH("event") <= 20 AS "event fits",
        "datetime text" IS NULL OR "datetime" IS NOT NULL AND "datetime" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("datetime" AS VARCHAR(26)) = "datetime text" OR REGEXP_LIKE("datetime text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "datetime fits"
      FROM (
        SELECT
          "row_no" AS "row_no",
          SUBSTR(raw."group_id", 2) AS "group_id text",
          SUBSTR(raw."group_id", 2)::!INTEGER AS "group_id",
          SUBSTR(raw."user_id", 2) AS "user_id text",
          SUBSTR(raw."user_id", 2)::!INTEGER AS "user_id",
          SUBSTR(raw."user_id_from", 2) AS "user_id_from text",
          SUBSTR(raw."user_id_from", 2)::!INTEGER AS "user_id_from",
          SUBSTR(raw."event", 2) AS "event",
          SUBSTR(raw."datetime", 2) AS "datetime text",
          SUBSTR(raw."datetime", 2)::!TIMESTAMP AS "datetime"
        FROM "raw_group_log" AS raw
      ) AS typed
    ) AS "checked"
    WHERE "group_id fits"
      AND "user_id fits"
      AND "user_id_from fits"
      AND "event fits"
      AND "datetime fits"
  ) AS fitting
) AS "identified";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."group_id", 2) AS "group_id text",
    SUBSTR(raw."group_id", 2)::!INTEGER AS "group_id",
    SUBSTR(raw."user_id", 2) AS "user_id text",
    SUBSTR(raw."user_id", 2)::!INTEGER AS "user_id",
    SUBSTR(raw."user_id_from", 2) AS "user_id_from text",
    SUBSTR(raw."user_id_from", 2)::!INTEGER AS "user_id_from",
    SUBSTR(raw."event", 2) AS "event",
    SUBSTR(raw."datetime", 2) AS "datetime text",
    SUBSTR(raw."datetime", 2)::!TIMESTAMP AS "datetime"
  FROM "raw_group_log" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "group_id text" IS NOT NULL AND "group_id" IS NOT NULL AND "group_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("group_id" AS VARCHAR(11)) = "group_id text" OR REGEXP_LIKE("group_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "group_id fits",
    "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND "user_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("user_id" AS VARCHAR(11)) = "user_id text" OR REGEXP_LIKE("user_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "user_id fits",
    "user_id_from text" IS NULL OR "user_id_from" IS NOT NULL AND "user_id_from" BETWEEN -2147483648 AND 2147483647 AND (CAST("user_id_from" AS VARCHAR(11)) = "user_id_from text" OR REGEXP_LIKE("user_id_from text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "user_id_from fits",
    "event" IS NULL OR CHARACTER_LENGTH("event") <= 20 AS "event fits",
    "datetime text" IS NULL OR "datetime" IS NOT NULL AND "datetime" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("datetime" AS VARCHAR(26)) = "datetime text" OR REGEXP_LIKE("datetime text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "datetime fits"
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
INSERT /*+LABEL('dv_gen:group_log')*/ INTO "stage"."group_log_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."group_log"
WHERE "hk_group_log_id" IN (
  SELECT "hk_group_log_id"
  FROM "stage"."group_log"
  GROUP BY "hk_group_log_id"
  HAVING COUNT(*) > 1
);
