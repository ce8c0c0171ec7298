-- stage persons: rendered by dv-gen from metadata/model.yml:15.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."persons";

CREATE TABLE "stage"."persons" (
  "person_no" INTEGER NOT NULL,
  "boss" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_person_no" UUID NOT NULL,
  "hk_person_no_boss" UUID,
  "hk_l_bosses" UUID
);

DROP TABLE IF EXISTS "stage"."persons_repeats";

CREATE TABLE "stage"."persons_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_persons";

CREATE TEMPORARY TABLE "raw_persons" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "person_no" TEXT COLLATE "C",
  "boss" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_persons";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_persons" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."persons" (
  "person_no",
  "boss",
  "load_dt",
  "load_src",
  "row_no",
  "hk_person_no",
  "hk_person_no_boss",
  "hk_l_bosses"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_persons") + 1 AS "row_no",
    raw."person_no" AS "person_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."person_no", 'integer') THEN CAST(raw."person_no" AS INTEGER) END AS "person_no",
    raw."boss" AS "boss text",
    CASE WHEN PG_INPUT_IS_VALID(raw."boss", 'integer') THEN CAST(raw."boss" AS INTEGER) END AS "boss"
  FROM "raw_persons" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "person_no text" IS NOT NULL AND "person_no" IS NOT NULL AND (CAST("person_no" AS TEXT) = "person_no text" OR "person_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "person_no fits",
    "boss text" IS NULL OR "boss" IS NOT NULL AND (CAST("boss" AS TEXT) = "boss text" OR "boss text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "boss fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "person_no",
    "boss",
    "row_no"
  FROM "checked"
  WHERE "person_no fits"
    AND "boss fits"
)
SELECT
  "person_no",
  "boss",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("person_no" AS TEXT))::UUID AS "hk_person_no",
  CASE WHEN "boss" IS NOT NULL THEN MD5(CAST("boss" AS TEXT))::UUID END AS "hk_person_no_boss",
  CASE WHEN "boss" IS NOT NULL THEN MD5(CAST("person_no" AS TEXT) || '|' || CAST("boss" AS TEXT))::UUID END AS "hk_l_bosses"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_persons") + 1 AS "row_no",
    raw."person_no" AS "person_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."person_no", 'integer') THEN CAST(raw."person_no" AS INTEGER) END AS "person_no",
    raw."boss" AS "boss text",
    CASE WHEN PG_INPUT_IS_VALID(raw."boss", 'integer') THEN CAST(raw."boss" AS INTEGER) END AS "boss"
  FROM "raw_persons" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "person_no text" IS NOT NULL AND "person_no" IS NOT NULL AND (CAST("person_no" AS TEXT) = "person_no text" OR "person_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "person_no fits",
    "boss text" IS NULL OR "boss" IS NOT NULL AND (CAST("boss" AS TEXT) = "boss text" OR "boss text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "boss fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "person_no fits" THEN 'person_no'
    WHEN NOT "boss fits" THEN 'boss'
  END AS "column_name",
  CASE
    WHEN "person_no text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "person_no fits" THEN 'not an integer'
    WHEN NOT "boss fits" THEN 'not an integer'
  END AS "reason"
FROM "checked"
WHERE NOT ("person_no fits"
  AND "boss fits")
ORDER BY "row_no";

ANALYZE "stage"."persons" ("load_dt", "hk_person_no", "hk_person_no_boss", "hk_l_bosses");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."persons_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."persons"
WHERE "hk_person_no" IN (
  SELECT "hk_person_no"
  FROM "stage"."persons"
  GROUP BY "hk_person_no"
  HAVING COUNT(*) > 1
);
