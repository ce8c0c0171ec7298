-- stage visits: rendered by dv-gen from metadata/model.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."visits";

CREATE TABLE "stage"."visits" (
  "user_no" SMALLINT,
  "page" VARCHAR(200),
  "at" TIMESTAMP,
  "visit_id" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "key_user_id" INTEGER,
  "key_page" VARCHAR(200),
  "key_visit_id" UUID NOT NULL,
  "key_l_visits" VARCHAR(504),
  "hashdiff_s_visits" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."visits_repeats";

CREATE TABLE "stage"."visits_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_visits";

CREATE TEMPORARY TABLE "raw_visits" (
  "user_no" VARCHAR,
  "page" VARCHAR,
  "at" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_visits" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'user_no',
  'page',
  'at'
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
INSERT INTO "stage"."visits" (
  "user_no",
  "page",
  "at",
  "visit_id",
  "load_dt",
  "load_src",
  "row_no",
  "key_user_id",
  "key_page",
  "key_visit_id",
  "key_l_visits",
  "hashdiff_s_visits"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_visits") + 1 AS "row_no",
    raw."user_no" AS "user_no text",
    TRY_CAST(raw."user_no" AS SMALLINT) AS "user_no",
    raw."page" AS "page",
    raw."at" AS "at text",
    TRY_CAST(raw."at" AS TIMESTAMP) AS "at"
  FROM "raw_visits" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("user_no" AS VARCHAR) = "user_no text" THEN TRUE WHEN "user_no" IS NOT NULL THEN REGEXP_FULL_MATCH("user_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "user_no text" IS NULL END AS "user_no fits",
    "page" IS NULL OR LENGTH("page") <= 200 AS "page fits",
    CASE WHEN CAST("at" AS VARCHAR) = "at text" AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "at text" IS NULL END AS "at fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "user_no",
    "page",
    "at",
    "row_no"
  FROM "checked"
  WHERE "user_no fits"
    AND "page fits"
    AND "at fits"
),
"identified" AS (
  SELECT
    fitting.*,
    MD5(CONCAT_WS('|', COALESCE(CAST("user_no" AS VARCHAR), '\N'), COALESCE(CASE WHEN CONTAINS("page", '\') OR CONTAINS("page", '|') THEN REPLACE(REPLACE("page", '\', '\\'), '|', '\|') ELSE "page" END, '\N'), COALESCE(CAST("at" AS VARCHAR), '\N'))) AS "visit_id text"
  FROM "fitting" AS fitting
)
SELECT
  "user_no",
  "page",
  "at",
  UNHEX("visit_id text")::UUID AS "visit_id",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CAST("user_no" AS INTEGER) AS "key_user_id",
  CASE WHEN TRIM(BOTH ' ' FROM "page") <> '' THEN UPPER(TRIM(BOTH ' ' FROM "page")) END AS "key_page",
  UNHEX("visit_id text")::UUID AS "key_visit_id",
  CASE WHEN "user_no" IS NOT NULL AND TRIM(BOTH ' ' FROM "page") <> '' THEN CONCAT_WS('|', "visit_id text", CAST(CAST("user_no" AS INTEGER) AS VARCHAR), UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("page", '\') OR CONTAINS("page", '|') THEN REPLACE(REPLACE("page", '\', '\\'), '|', '\|') ELSE "page" END)), COALESCE(CAST("at" AS VARCHAR), '\N')) END AS "key_l_visits",
  UNHEX(MD5(COALESCE('seen_at=' || CAST("at" AS VARCHAR), '')))::UUID AS "hashdiff_s_visits"
FROM "identified";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_visits") + 1 AS "row_no",
    raw."user_no" AS "user_no text",
    TRY_CAST(raw."user_no" AS SMALLINT) AS "user_no",
    raw."page" AS "page",
    raw."at" AS "at text",
    TRY_CAST(raw."at" AS TIMESTAMP) AS "at"
  FROM "raw_visits" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("user_no" AS VARCHAR) = "user_no text" THEN TRUE WHEN "user_no" IS NOT NULL THEN REGEXP_FULL_MATCH("user_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "user_no text" IS NULL END AS "user_no fits",
    "page" IS NULL OR LENGTH("page") <= 200 AS "page fits",
    CASE WHEN CAST("at" AS VARCHAR) = "at text" AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "at text" IS NULL END AS "at fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "user_no fits" THEN 'user_no'
    WHEN NOT "page fits" THEN 'page'
    WHEN NOT "at fits" THEN 'at'
  END AS "column_name",
  CASE
    WHEN NOT "user_no fits" THEN 'not a smallint'
    WHEN NOT "page fits" THEN 'longer than 200 characters'
    WHEN NOT "at fits" THEN 'not a timestamp'
  END AS "reason"
FROM "checked"
WHERE NOT ("user_no fits"
  AND "page fits"
  AND "at fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."visits_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."visits"
WHERE "key_visit_id" IN (
  SELECT "key_visit_id"
  FROM "stage"."visits"
  GROUP BY "key_visit_id"
  HAVING COUNT(*) > 1
);
