-- stage group_log: rendered by dv-gen 0.1.0 from metadata/sources/social.yml:18.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."group_log";

CREATE TABLE "stage"."group_log" (
  "group_id" INTEGER NOT NULL,
  "user_id" INTEGER NOT NULL,
  "user_id_from" INTEGER,
  "event" VARCHAR(20) COLLATE "C",
  "datetime" TIMESTAMP,
  "id" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
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
DROP TABLE IF EXISTS pg_temp."raw_group_log";

CREATE TEMPORARY TABLE "raw_group_log" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "group_id" TEXT COLLATE "C",
  "user_id" TEXT COLLATE "C",
  "user_id_from" TEXT COLLATE "C",
  "event" TEXT COLLATE "C",
  "datetime" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_group_log";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_group_log" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_group_log") + 1 AS "row_no",
    raw."group_id" AS "group_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."group_id", 'integer') THEN CAST(raw."group_id" AS INTEGER) END AS "group_id",
    raw."user_id" AS "user_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."user_id", 'integer') THEN CAST(raw."user_id" AS INTEGER) END AS "user_id",
    raw."user_id_from" AS "user_id_from text",
    CASE WHEN PG_INPUT_IS_VALID(raw."user_id_from", 'integer') THEN CAST(raw."user_id_from" AS INTEGER) END AS "user_id_from",
    raw."event" AS "event",
    raw."datetime" AS "datetime text",
    CASE WHEN PG_INPUT_IS_VALID(raw."datetime", 'timestamp') THEN CAST(raw."datetime" AS TIMESTAMP) END AS "datetime"
  FROM "raw_group_log" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "group_id text" IS NOT NULL AND "group_id" IS NOT NULL AND (CAST("group_id" AS TEXT) = "group_id text" OR "group_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "group_id fits",
    "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND (CAST("user_id" AS TEXT) = "user_id text" OR "user_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "user_id fits",
    "user_id_from text" IS NULL OR "user_id_from" IS NOT NULL AND (CAST("user_id_from" AS TEXT) = "user_id_from text" OR "user_id_from text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "user_id_from fits",
    "event" IS NULL OR LENGTH("event") <= 20 AS "event fits",
    "datetime text" IS NULL OR "datetime" IS NOT NULL AND "datetime" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("datetime" AS TEXT) = "datetime text" OR "datetime text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "datetime fits"
  FROM "typed" AS typed
  OFFSET 0
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
    MD5(CAST("group_id" AS TEXT) || '|' || CAST("user_id" AS TEXT) || '|' || COALESCE(REPLACE(REPLACE("event", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("datetime" AS TEXT), '\N')) AS "id text"
  FROM "fitting" AS fitting
  OFFSET 0
)
SELECT
  "group_id",
  "user_id",
  "user_id_from",
  "event",
  "datetime",
  "id text"::UUID AS "id",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("user_id" AS TEXT))::UUID AS "hk_user_id",
  CASE WHEN "user_id_from" IS NOT NULL THEN MD5(CAST("user_id_from" AS TEXT))::UUID END AS "hk_user_id_inviter",
  MD5(CAST("group_id" AS TEXT))::UUID AS "hk_group_id",
  MD5("id text")::UUID AS "hk_group_log_id",
  MD5("id text" || '|' || CAST("user_id" AS TEXT))::UUID AS "hk_l_group_logs_users",
  MD5("id text" || '|' || CAST("group_id" AS TEXT))::UUID AS "hk_l_group_logs_groups",
  CASE WHEN "user_id_from" IS NOT NULL THEN MD5("id text" || '|' || CAST("user_id_from" AS TEXT))::UUID END AS "hk_l_group_logs_users_from"
FROM "identified";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_group_log") + 1 AS "row_no",
    raw."group_id" AS "group_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."group_id", 'integer') THEN CAST(raw."group_id" AS INTEGER) END AS "group_id",
    raw."user_id" AS "user_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."user_id", 'integer') THEN CAST(raw."user_id" AS INTEGER) END AS "user_id",
    raw."user_id_from" AS "user_id_from text",
    CASE WHEN PG_INPUT_IS_VALID(raw."user_id_from", 'integer') THEN CAST(raw."user_id_from" AS INTEGER) END AS "user_id_from",
    raw."event" AS "event",
    raw."datetime" AS "datetime text",
    CASE WHEN PG_INPUT_IS_VALID(raw."datetime", 'timestamp') THEN CAST(raw."datetime" AS TIMESTAMP) END AS "datetime"
  FROM "raw_group_log" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "group_id text" IS NOT NULL AND "group_id" IS NOT NULL AND (CAST("group_id" AS TEXT) = "group_id text" OR "group_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "group_id fits",
    "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND (CAST("user_id" AS TEXT) = "user_id text" OR "user_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "user_id fits",
    "user_id_from text" IS NULL OR "user_id_from" IS NOT NULL AND (CAST("user_id_from" AS TEXT) = "user_id_from text" OR "user_id_from text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "user_id_from fits",
    "event" IS NULL OR LENGTH("event") <= 20 AS "event fits",
    "datetime text" IS NULL OR "datetime" IS NOT NULL AND "datetime" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("datetime" AS TEXT) = "datetime text" OR "datetime text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "datetime fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."group_log" ("load_dt", "hk_user_id", "hk_user_id_inviter", "hk_group_id", "hk_group_log_id", "hk_l_group_logs_users", "hk_l_group_logs_groups", "hk_l_group_logs_users_from");

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
