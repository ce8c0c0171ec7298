-- stage levels: rendered by dv-gen from metadata/codes.yml:9.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."levels" CASCADE;

CREATE TABLE "stage"."levels" (
  "level" INTEGER NOT NULL,
  "title" VARCHAR(80),
  "weight" DOUBLE PRECISION,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL
)
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."levels_repeats" CASCADE;

CREATE TABLE "stage"."levels_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_levels";

CREATE LOCAL TEMPORARY TABLE "raw_levels" (
  "row_no" INTEGER NOT NULL,
  "level" VARCHAR(404),
  "title" VARCHAR(84),
  "weight" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:levels')*/ "raw_levels" (
  "row_no",
  "level",
  "title",
  "weight"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_levels_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:levels')*/ INTO "stage"."levels" (
  "level",
  "title",
  "weight",
  "load_dt",
  "load_src",
  "row_no"
)
SELECT
  "level",
  "title",
  "weight",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no"
FROM (
  SELECT
    "level",
    "title",
    "weight",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "level text" IS NOT NULL AND "level" IS NOT NULL AND "level" BETWEEN -2147483648 AND 2147483647 AND (CAST("level" AS VARCHAR(11)) = "level text" OR REGEXP_LIKE("level text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "level fits",
      "title" IS NULL OR CHARACTER_LENGTH("title") <= 20 AS "title fits",
      "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_LIKE("weight text", '^([ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*)\z') AND ("weight" <> 0 OR REGEXP_LIKE("weight text", '^([^1-9eE]*([eE].*)?)\z')) AS "weight fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."level", 2) AS "level text",
        SUBSTR(raw."level", 2)::!INTEGER AS "level",
        SUBSTR(raw."title", 2) AS "title",
        SUBSTR(raw."weight", 2) AS "weight text",
        SUBSTR(raw."weight", 2)::!DOUBLE PRECISION AS "weight"
      FROM "raw_levels" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "level fits"
    AND "title fits"
    AND "weight fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."level", 2) AS "level text",
    SUBSTR(raw."level", 2)::!INTEGER AS "level",
    SUBSTR(raw."title", 2) AS "title",
    SUBSTR(raw."weight", 2) AS "weight text",
    SUBSTR(raw."weight", 2)::!DOUBLE PRECISION AS "weight"
  FROM "raw_levels" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "level text" IS NOT NULL AND "level" IS NOT NULL AND "level" BETWEEN -2147483648 AND 2147483647 AND (CAST("level" AS VARCHAR(11)) = "level text" OR REGEXP_LIKE("level text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "level fits",
    "title" IS NULL OR CHARACTER_LENGTH("title") <= 20 AS "title fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_LIKE("weight text", '^([ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*)\z') AND ("weight" <> 0 OR REGEXP_LIKE("weight text", '^([^1-9eE]*([eE].*)?)\z')) AS "weight fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "level fits" THEN 'level'
    WHEN NOT "title fits" THEN 'title'
    WHEN NOT "weight fits" THEN 'weight'
  END AS "column_name",
  CASE
    WHEN "level text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "level fits" THEN 'not an integer'
    WHEN NOT "title fits" THEN 'longer than 20 characters'
    WHEN NOT "weight fits" THEN 'not a double'
  END AS "reason"
FROM "checked"
WHERE NOT ("level fits"
  AND "title fits"
  AND "weight fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:levels')*/ INTO "stage"."levels_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."levels"
WHERE 1 = 0;
