-- stage visits: rendered by dv-gen from metadata/model.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."visits";

CREATE TABLE "stage"."visits" (
  "user_no" SMALLINT,
  "page" VARCHAR(200) COLLATE "C",
  "at" TIMESTAMP,
  "visit_id" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "key_user_id" INTEGER,
  "key_page" VARCHAR(200) COLLATE "C",
  "key_visit_id" UUID NOT NULL,
  "key_l_visits" VARCHAR(504) COLLATE "C",
  "hashdiff_s_visits" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."visits_repeats";

CREATE TABLE "stage"."visits_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_visits";

CREATE TEMPORARY TABLE "raw_visits" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "user_no" TEXT COLLATE "C",
  "page" TEXT COLLATE "C",
  "at" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_visits";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_visits" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_visits") + 1 AS "row_no",
    raw."user_no" AS "user_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."user_no", 'smallint') THEN CAST(raw."user_no" AS SMALLINT) END AS "user_no",
    raw."page" AS "page",
    raw."at" AS "at text",
    CASE WHEN PG_INPUT_IS_VALID(raw."at", 'timestamp') THEN CAST(raw."at" AS TIMESTAMP) END AS "at"
  FROM "raw_visits" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "user_no text" IS NULL OR "user_no" IS NOT NULL AND (CAST("user_no" AS TEXT) = "user_no text" OR "user_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "user_no fits",
    "page" IS NULL OR LENGTH("page") <= 200 AS "page fits",
    "at text" IS NULL OR "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("at" AS TEXT) = "at text" OR "at text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "at fits"
  FROM "typed" AS typed
  OFFSET 0
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
    MD5(COALESCE(CAST("user_no" AS TEXT), '\N') || '|' || COALESCE(REPLACE(REPLACE("page", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("at" AS TEXT), '\N')) AS "visit_id text"
  FROM "fitting" AS fitting
  OFFSET 0
)
SELECT
  "user_no",
  "page",
  "at",
  "visit_id text"::UUID AS "visit_id",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CAST("user_no" AS INTEGER) AS "key_user_id",
  CASE WHEN TRIM(BOTH ' ' FROM "page") <> '' THEN (REPLACE(UPPER(TRIM(BOTH ' ' FROM "page") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") END AS "key_page",
  "visit_id text"::UUID AS "key_visit_id",
  CASE WHEN "user_no" IS NOT NULL AND TRIM(BOTH ' ' FROM "page") <> '' THEN "visit_id text" || '|' || CAST(CAST("user_no" AS INTEGER) AS TEXT) || '|' || (REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("page", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") || '|' || COALESCE(CAST("at" AS TEXT), '\N') END AS "key_l_visits",
  MD5(COALESCE('seen_at=' || CAST("at" AS TEXT), ''))::UUID AS "hashdiff_s_visits"
FROM "identified";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_visits") + 1 AS "row_no",
    raw."user_no" AS "user_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."user_no", 'smallint') THEN CAST(raw."user_no" AS SMALLINT) END AS "user_no",
    raw."page" AS "page",
    raw."at" AS "at text",
    CASE WHEN PG_INPUT_IS_VALID(raw."at", 'timestamp') THEN CAST(raw."at" AS TIMESTAMP) END AS "at"
  FROM "raw_visits" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "user_no text" IS NULL OR "user_no" IS NOT NULL AND (CAST("user_no" AS TEXT) = "user_no text" OR "user_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "user_no fits",
    "page" IS NULL OR LENGTH("page") <= 200 AS "page fits",
    "at text" IS NULL OR "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("at" AS TEXT) = "at text" OR "at text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "at fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."visits" ("load_dt", "key_user_id", "key_page", "key_visit_id", "key_l_visits");

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
