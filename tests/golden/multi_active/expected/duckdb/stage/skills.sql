-- stage skills: rendered by dv-gen from metadata/phones.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."skills";

CREATE TABLE "stage"."skills" (
  "person" INTEGER NOT NULL,
  "project" INTEGER NOT NULL,
  "skill" VARCHAR(20),
  "level" SMALLINT,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_person_no" UUID NOT NULL,
  "hk_project_no" UUID NOT NULL,
  "hk_l_work" UUID NOT NULL,
  "hashdiff_s_skills" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."skills_repeats";

CREATE TABLE "stage"."skills_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_skills";

CREATE TEMPORARY TABLE "raw_skills" (
  "person" VARCHAR,
  "project" VARCHAR,
  "skill" VARCHAR,
  "level" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_skills" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'person',
  'project',
  'skill',
  'level'
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
INSERT INTO "stage"."skills" (
  "person",
  "project",
  "skill",
  "level",
  "load_dt",
  "load_src",
  "row_no",
  "hk_person_no",
  "hk_project_no",
  "hk_l_work",
  "hashdiff_s_skills"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_skills") + 1 AS "row_no",
    raw."person" AS "person text",
    TRY_CAST(raw."person" AS INTEGER) AS "person",
    raw."project" AS "project text",
    TRY_CAST(raw."project" AS INTEGER) AS "project",
    raw."skill" AS "skill",
    raw."level" AS "level text",
    TRY_CAST(raw."level" AS SMALLINT) AS "level"
  FROM "raw_skills" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("person" AS VARCHAR) = "person text" THEN TRUE WHEN "person" IS NOT NULL THEN REGEXP_FULL_MATCH("person text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "person fits",
    CASE WHEN CAST("project" AS VARCHAR) = "project text" THEN TRUE WHEN "project" IS NOT NULL THEN REGEXP_FULL_MATCH("project text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "project fits",
    "skill" IS NULL OR LENGTH("skill") <= 20 AS "skill fits",
    CASE WHEN CAST("level" AS VARCHAR) = "level text" THEN TRUE WHEN "level" IS NOT NULL THEN REGEXP_FULL_MATCH("level text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "level text" IS NULL END AS "level fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "person",
    "project",
    "skill",
    "level",
    "row_no"
  FROM "checked"
  WHERE "person fits"
    AND "project fits"
    AND "skill fits"
    AND "level fits"
)
SELECT
  "person",
  "project",
  "skill",
  "level",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("person" AS VARCHAR)))::UUID AS "hk_person_no",
  UNHEX(MD5(CAST("project" AS VARCHAR)))::UUID AS "hk_project_no",
  UNHEX(MD5(CONCAT_WS('|', CAST("person" AS VARCHAR), CAST("project" AS VARCHAR))))::UUID AS "hk_l_work",
  UNHEX(MD5(CONCAT_WS(
    '|',
    'level=' || CAST("level" AS VARCHAR),
    'skill=' || CASE WHEN CONTAINS("skill", '\') OR CONTAINS("skill", '|') THEN REPLACE(REPLACE("skill", '\', '\\'), '|', '\|') ELSE "skill" END
  )))::UUID AS "hashdiff_s_skills"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_skills") + 1 AS "row_no",
    raw."person" AS "person text",
    TRY_CAST(raw."person" AS INTEGER) AS "person",
    raw."project" AS "project text",
    TRY_CAST(raw."project" AS INTEGER) AS "project",
    raw."skill" AS "skill",
    raw."level" AS "level text",
    TRY_CAST(raw."level" AS SMALLINT) AS "level"
  FROM "raw_skills" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("person" AS VARCHAR) = "person text" THEN TRUE WHEN "person" IS NOT NULL THEN REGEXP_FULL_MATCH("person text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "person fits",
    CASE WHEN CAST("project" AS VARCHAR) = "project text" THEN TRUE WHEN "project" IS NOT NULL THEN REGEXP_FULL_MATCH("project text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "project fits",
    "skill" IS NULL OR LENGTH("skill") <= 20 AS "skill fits",
    CASE WHEN CAST("level" AS VARCHAR) = "level text" THEN TRUE WHEN "level" IS NOT NULL THEN REGEXP_FULL_MATCH("level text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "level text" IS NULL END AS "level fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "person fits" THEN 'person'
    WHEN NOT "project fits" THEN 'project'
    WHEN NOT "skill fits" THEN 'skill'
    WHEN NOT "level fits" THEN 'level'
  END AS "column_name",
  CASE
    WHEN "person text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "person fits" THEN 'not an integer'
    WHEN "project text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "project fits" THEN 'not an integer'
    WHEN NOT "skill fits" THEN 'longer than 20 characters'
    WHEN NOT "level fits" THEN 'not a smallint'
  END AS "reason"
FROM "checked"
WHERE NOT ("person fits"
  AND "project fits"
  AND "skill fits"
  AND "level fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."skills_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."skills"
WHERE "hk_person_no" IN (
  SELECT "hk_person_no"
  FROM "stage"."skills"
  GROUP BY "hk_person_no"
  HAVING COUNT(*) > 1
);
