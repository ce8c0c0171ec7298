-- stage visits: rendered by dv-gen from metadata/model.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."visits" CASCADE;

CREATE TABLE "stage"."visits" (
  "user_no" INTEGER,
  "page" VARCHAR(800),
  "at" TIMESTAMP,
  "visit_id" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "key_user_id" INTEGER,
  "key_page" VARCHAR(800),
  "key_visit_id" VARBINARY(16) NOT NULL,
  "key_l_visits" VARCHAR(2016),
  "hashdiff_s_visits" VARBINARY(16) NOT NULL
)
ORDER BY "key_visit_id"
SEGMENTED BY HASH("key_visit_id") ALL NODES;

DROP TABLE IF EXISTS "stage"."visits_repeats" CASCADE;

CREATE TABLE "stage"."visits_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_visits";

CREATE LOCAL TEMPORARY TABLE "raw_visits" (
  "row_no" INTEGER NOT NULL,
  "user_no" VARCHAR(404),
  "page" VARCHAR(804),
  "at" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:visits')*/ "raw_visits" (
  "row_no",
  "user_no",
  "page",
  "at"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_visits_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:visits')*/ INTO "stage"."visits" (
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
SELECT
  "user_no",
  "page",
  "at",
  HEX_TO_BINARY("visit_id text") AS "visit_id",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CAST("user_no" AS INTEGER) AS "key_user_id",
  CASE WHEN TRIM(BOTH ' ' FROM "page") <> '' THEN REPLACE(UPPER(TRIM(BOTH ' ' FROM "page")), 'ß', 'ẞ') END AS "key_page",
  HEX_TO_BINARY("visit_id text") AS "key_visit_id",
  CASE WHEN "user_no" IS NOT NULL AND TRIM(BOTH ' ' FROM "page") <> '' THEN "visit_id text" || '|' || CAST(CAST("user_no" AS INTEGER) AS VARCHAR(11)) || '|' || REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("page", '\', '\\'), '|', '\|'))), 'ß', 'ẞ') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("at", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') END AS "key_l_visits",
  HEX_TO_BINARY(MD5(COALESCE('seen_at=' || RTRIM(RTRIM(TO_CHAR("at", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), ''))) AS "hashdiff_s_visits"
FROM (
  SELECT
    fitting.*,
    MD5(COALESCE(CAST("user_no" AS VARCHAR(6)), '\N') || '|' || COALESCE(REPLACE(REPLACE("page", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("at", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N')) AS "visit_id text"
  FROM (
    SELECT
      "user_no",
      "page",
      "at",
      "row_no"
    FROM (
      SELECT
        typed.*,
        "user_no text" IS NULL OR "user_no" IS NOT NULL AND "user_no" BETWEEN -32768 AND 32767 AND (CAST("user_no" AS VARCHAR(6)) = "user_no text" OR REGEXP_LIKE("user_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "user_no fits",
        "page" IS NULL OR CHARACTER_LENGTH("page") <= 200 AS "page fits",
        "at text" IS NULL OR "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("at" AS VARCHAR(26)) = "at text" OR REGEXP_LIKE("at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "at fits"
      FROM (
        SELECT
          "row_no" AS "row_no",
          SUBSTR(raw."user_no", 2) AS "user_no text",
          SUBSTR(raw."user_no", 2)::!INTEGER AS "user_no",
          SUBSTR(raw."page", 2) AS "page",
          SUBSTR(raw."at", 2) AS "at text",
          SUBSTR(raw."at", 2)::!TIMESTAMP AS "at"
        FROM "raw_visits" AS raw
      ) AS typed
    ) AS "checked"
    WHERE "user_no fits"
      AND "page fits"
      AND "at fits"
  ) AS fitting
) AS "identified";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."user_no", 2) AS "user_no text",
    SUBSTR(raw."user_no", 2)::!INTEGER AS "user_no",
    SUBSTR(raw."page", 2) AS "page",
    SUBSTR(raw."at", 2) AS "at text",
    SUBSTR(raw."at", 2)::!TIMESTAMP AS "at"
  FROM "raw_visits" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "user_no text" IS NULL OR "user_no" IS NOT NULL AND "user_no" BETWEEN -32768 AND 32767 AND (CAST("user_no" AS VARCHAR(6)) = "user_no text" OR REGEXP_LIKE("user_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "user_no fits",
    "page" IS NULL OR CHARACTER_LENGTH("page") <= 200 AS "page fits",
    "at text" IS NULL OR "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("at" AS VARCHAR(26)) = "at text" OR REGEXP_LIKE("at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "at fits"
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
INSERT /*+LABEL('dv_gen:visits')*/ INTO "stage"."visits_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."visits"
WHERE "key_visit_id" IN (
  SELECT "key_visit_id"
  FROM "stage"."visits"
  GROUP BY "key_visit_id"
  HAVING COUNT(*) > 1
);
