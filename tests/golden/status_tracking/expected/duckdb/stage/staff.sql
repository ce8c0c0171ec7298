-- stage staff: rendered by dv-gen from metadata/staff.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."staff";

CREATE TABLE "stage"."staff" (
  "person" INTEGER NOT NULL,
  "lead" INTEGER,
  "name" VARCHAR(50),
  "grade" SMALLINT,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_person_no" UUID NOT NULL,
  "hk_person_no_lead" UUID,
  "hk_l_leads" UUID,
  "hashdiff_t_persons_changed" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."staff_repeats";

CREATE TABLE "stage"."staff_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_staff";

CREATE TEMPORARY TABLE "raw_staff" (
  "person" VARCHAR,
  "lead" VARCHAR,
  "name" VARCHAR,
  "grade" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_staff" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'person',
  'lead',
  'name',
  'grade'
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
INSERT INTO "stage"."staff" (
  "person",
  "lead",
  "name",
  "grade",
  "load_dt",
  "load_src",
  "row_no",
  "hk_person_no",
  "hk_person_no_lead",
  "hk_l_leads",
  "hashdiff_t_persons_changed"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_staff") + 1 AS "row_no",
    raw."person" AS "person text",
    TRY_CAST(raw."person" AS INTEGER) AS "person",
    raw."lead" AS "lead text",
    TRY_CAST(raw."lead" AS INTEGER) AS "lead",
    raw."name" AS "name",
    raw."grade" AS "grade text",
    TRY_CAST(raw."grade" AS SMALLINT) AS "grade"
  FROM "raw_staff" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("person" AS VARCHAR) = "person text" THEN TRUE WHEN "person" IS NOT NULL THEN REGEXP_FULL_MATCH("person text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "person fits",
    CASE WHEN CAST("lead" AS VARCHAR) = "lead text" THEN TRUE WHEN "lead" IS NOT NULL THEN REGEXP_FULL_MATCH("lead text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "lead text" IS NULL END AS "lead fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits",
    CASE WHEN CAST("grade" AS VARCHAR) = "grade text" THEN TRUE WHEN "grade" IS NOT NULL THEN REGEXP_FULL_MATCH("grade text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "grade text" IS NULL END AS "grade fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "person",
    "lead",
    "name",
    "grade",
    "row_no"
  FROM "checked"
  WHERE "person fits"
    AND "lead fits"
    AND "name fits"
    AND "grade fits"
)
SELECT
  "person",
  "lead",
  "name",
  "grade",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("person" AS VARCHAR)))::UUID AS "hk_person_no",
  CASE WHEN "lead" IS NOT NULL THEN UNHEX(MD5(CAST("lead" AS VARCHAR)))::UUID END AS "hk_person_no_lead",
  CASE WHEN "lead" IS NOT NULL THEN UNHEX(MD5(CONCAT_WS('|', CAST("person" AS VARCHAR), CAST("lead" AS VARCHAR))))::UUID END AS "hk_l_leads",
  UNHEX(MD5(CONCAT_WS(
    '|',
    'grade=' || CAST("grade" AS VARCHAR),
    'name=' || CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END
  )))::UUID AS "hashdiff_t_persons_changed"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_staff") + 1 AS "row_no",
    raw."person" AS "person text",
    TRY_CAST(raw."person" AS INTEGER) AS "person",
    raw."lead" AS "lead text",
    TRY_CAST(raw."lead" AS INTEGER) AS "lead",
    raw."name" AS "name",
    raw."grade" AS "grade text",
    TRY_CAST(raw."grade" AS SMALLINT) AS "grade"
  FROM "raw_staff" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("person" AS VARCHAR) = "person text" THEN TRUE WHEN "person" IS NOT NULL THEN REGEXP_FULL_MATCH("person text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "person fits",
    CASE WHEN CAST("lead" AS VARCHAR) = "lead text" THEN TRUE WHEN "lead" IS NOT NULL THEN REGEXP_FULL_MATCH("lead text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "lead text" IS NULL END AS "lead fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits",
    CASE WHEN CAST("grade" AS VARCHAR) = "grade text" THEN TRUE WHEN "grade" IS NOT NULL THEN REGEXP_FULL_MATCH("grade text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "grade text" IS NULL END AS "grade fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "person fits" THEN 'person'
    WHEN NOT "lead fits" THEN 'lead'
    WHEN NOT "name fits" THEN 'name'
    WHEN NOT "grade fits" THEN 'grade'
  END AS "column_name",
  CASE
    WHEN "person text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "person fits" THEN 'not an integer'
    WHEN NOT "lead fits" THEN 'not an integer'
    WHEN NOT "name fits" THEN 'longer than 50 characters'
    WHEN NOT "grade fits" THEN 'not a smallint'
  END AS "reason"
FROM "checked"
WHERE NOT ("person fits"
  AND "lead fits"
  AND "name fits"
  AND "grade fits")
ORDER BY "row_no";

-- Once a batch: the deliveries that the rows are of, and the record source where they have one.
SELECT
  "load_dt",
  CASE WHEN MIN("load_src") = MAX("load_src") THEN MIN("load_src") END AS "load_src"
FROM "stage"."staff"
GROUP BY "load_dt"
ORDER BY "load_dt";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."staff_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."staff"
WHERE "hk_person_no" IN (
  SELECT "hk_person_no"
  FROM "stage"."staff"
  GROUP BY "hk_person_no"
  HAVING COUNT(*) > 1
);
