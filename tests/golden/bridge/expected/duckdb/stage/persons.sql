-- stage persons: rendered by dv-gen from metadata/model.yml:15.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."persons";

CREATE TABLE "stage"."persons" (
  "person_no" INTEGER NOT NULL,
  "boss" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
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
DROP TABLE IF EXISTS temp."raw_persons";

CREATE TEMPORARY TABLE "raw_persons" (
  "person_no" VARCHAR,
  "boss" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_persons" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'person_no',
  'boss'
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
    rowid - (SELECT MIN(rowid) FROM "raw_persons") + 1 AS "row_no",
    raw."person_no" AS "person_no text",
    TRY_CAST(raw."person_no" AS INTEGER) AS "person_no",
    raw."boss" AS "boss text",
    TRY_CAST(raw."boss" AS INTEGER) AS "boss"
  FROM "raw_persons" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("person_no" AS VARCHAR) = "person_no text" THEN TRUE WHEN "person_no" IS NOT NULL THEN REGEXP_FULL_MATCH("person_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "person_no fits",
    CASE WHEN CAST("boss" AS VARCHAR) = "boss text" THEN TRUE WHEN "boss" IS NOT NULL THEN REGEXP_FULL_MATCH("boss text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "boss text" IS NULL END AS "boss fits"
  FROM "typed" AS typed
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
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("person_no" AS VARCHAR)))::UUID AS "hk_person_no",
  CASE WHEN "boss" IS NOT NULL THEN UNHEX(MD5(CAST("boss" AS VARCHAR)))::UUID END AS "hk_person_no_boss",
  CASE WHEN "boss" IS NOT NULL THEN UNHEX(MD5(CONCAT_WS('|', CAST("person_no" AS VARCHAR), CAST("boss" AS VARCHAR))))::UUID END AS "hk_l_bosses"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_persons") + 1 AS "row_no",
    raw."person_no" AS "person_no text",
    TRY_CAST(raw."person_no" AS INTEGER) AS "person_no",
    raw."boss" AS "boss text",
    TRY_CAST(raw."boss" AS INTEGER) AS "boss"
  FROM "raw_persons" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("person_no" AS VARCHAR) = "person_no text" THEN TRUE WHEN "person_no" IS NOT NULL THEN REGEXP_FULL_MATCH("person_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "person_no fits",
    CASE WHEN CAST("boss" AS VARCHAR) = "boss text" THEN TRUE WHEN "boss" IS NOT NULL THEN REGEXP_FULL_MATCH("boss text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "boss text" IS NULL END AS "boss fits"
  FROM "typed" AS typed
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
