-- stage levels: rendered by dv-gen from metadata/codes.yml:9.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."levels";

CREATE TABLE "stage"."levels" (
  "level" INTEGER NOT NULL,
  "title" VARCHAR(20) COLLATE "C",
  "weight" DOUBLE PRECISION,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL
);

DROP TABLE IF EXISTS "stage"."levels_repeats";

CREATE TABLE "stage"."levels_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_levels";

CREATE TEMPORARY TABLE "raw_levels" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "level" TEXT COLLATE "C",
  "title" TEXT COLLATE "C",
  "weight" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_levels";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_levels" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."levels" (
  "level",
  "title",
  "weight",
  "load_dt",
  "load_src",
  "row_no"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_levels") + 1 AS "row_no",
    raw."level" AS "level text",
    CASE WHEN PG_INPUT_IS_VALID(raw."level", 'integer') THEN CAST(raw."level" AS INTEGER) END AS "level",
    raw."title" AS "title",
    raw."weight" AS "weight text",
    CASE WHEN PG_INPUT_IS_VALID(raw."weight", 'double precision') THEN CAST(raw."weight" AS DOUBLE PRECISION) END AS "weight"
  FROM "raw_levels" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "level text" IS NOT NULL AND "level" IS NOT NULL AND (CAST("level" AS TEXT) = "level text" OR "level text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "level fits",
    "title" IS NULL OR LENGTH("title") <= 20 AS "title fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND "weight text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*)$' AND ("weight" <> 0 OR "weight text" ~ '^([^1-9eE]*([eE].*)?)$') AS "weight fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "level",
    "title",
    "weight",
    "row_no"
  FROM "checked"
  WHERE "level fits"
    AND "title fits"
    AND "weight fits"
)
SELECT
  "level",
  "title",
  "weight",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_levels") + 1 AS "row_no",
    raw."level" AS "level text",
    CASE WHEN PG_INPUT_IS_VALID(raw."level", 'integer') THEN CAST(raw."level" AS INTEGER) END AS "level",
    raw."title" AS "title",
    raw."weight" AS "weight text",
    CASE WHEN PG_INPUT_IS_VALID(raw."weight", 'double precision') THEN CAST(raw."weight" AS DOUBLE PRECISION) END AS "weight"
  FROM "raw_levels" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "level text" IS NOT NULL AND "level" IS NOT NULL AND (CAST("level" AS TEXT) = "level text" OR "level text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "level fits",
    "title" IS NULL OR LENGTH("title") <= 20 AS "title fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND "weight text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*)$' AND ("weight" <> 0 OR "weight text" ~ '^([^1-9eE]*([eE].*)?)$') AS "weight fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."levels" ("load_dt");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."levels_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."levels"
WHERE 1 = 0;
