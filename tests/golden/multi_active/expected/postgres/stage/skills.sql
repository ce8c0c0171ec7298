-- stage skills: rendered by dv-gen from metadata/phones.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."skills";

CREATE TABLE "stage"."skills" (
  "person" INTEGER NOT NULL,
  "project" INTEGER NOT NULL,
  "skill" VARCHAR(20) COLLATE "C",
  "level" SMALLINT,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
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
DROP TABLE IF EXISTS pg_temp."raw_skills";

CREATE TEMPORARY TABLE "raw_skills" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "person" TEXT COLLATE "C",
  "project" TEXT COLLATE "C",
  "skill" TEXT COLLATE "C",
  "level" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_skills";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_skills" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_skills") + 1 AS "row_no",
    raw."person" AS "person text",
    CASE WHEN PG_INPUT_IS_VALID(raw."person", 'integer') THEN CAST(raw."person" AS INTEGER) END AS "person",
    raw."project" AS "project text",
    CASE WHEN PG_INPUT_IS_VALID(raw."project", 'integer') THEN CAST(raw."project" AS INTEGER) END AS "project",
    raw."skill" AS "skill",
    raw."level" AS "level text",
    CASE WHEN PG_INPUT_IS_VALID(raw."level", 'smallint') THEN CAST(raw."level" AS SMALLINT) END AS "level"
  FROM "raw_skills" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "person text" IS NOT NULL AND "person" IS NOT NULL AND (CAST("person" AS TEXT) = "person text" OR "person text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "person fits",
    "project text" IS NOT NULL AND "project" IS NOT NULL AND (CAST("project" AS TEXT) = "project text" OR "project text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "project fits",
    "skill" IS NULL OR LENGTH("skill") <= 20 AS "skill fits",
    "level text" IS NULL OR "level" IS NOT NULL AND (CAST("level" AS TEXT) = "level text" OR "level text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "level fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("person" AS TEXT))::UUID AS "hk_person_no",
  MD5(CAST("project" AS TEXT))::UUID AS "hk_project_no",
  MD5(CAST("person" AS TEXT) || '|' || CAST("project" AS TEXT))::UUID AS "hk_l_work",
  MD5(CONCAT_WS(
    '|',
    'level=' || CAST("level" AS TEXT),
    'skill=' || REPLACE(REPLACE("skill", '\', '\\'), '|', '\|')
  ))::UUID AS "hashdiff_s_skills"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_skills") + 1 AS "row_no",
    raw."person" AS "person text",
    CASE WHEN PG_INPUT_IS_VALID(raw."person", 'integer') THEN CAST(raw."person" AS INTEGER) END AS "person",
    raw."project" AS "project text",
    CASE WHEN PG_INPUT_IS_VALID(raw."project", 'integer') THEN CAST(raw."project" AS INTEGER) END AS "project",
    raw."skill" AS "skill",
    raw."level" AS "level text",
    CASE WHEN PG_INPUT_IS_VALID(raw."level", 'smallint') THEN CAST(raw."level" AS SMALLINT) END AS "level"
  FROM "raw_skills" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "person text" IS NOT NULL AND "person" IS NOT NULL AND (CAST("person" AS TEXT) = "person text" OR "person text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "person fits",
    "project text" IS NOT NULL AND "project" IS NOT NULL AND (CAST("project" AS TEXT) = "project text" OR "project text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "project fits",
    "skill" IS NULL OR LENGTH("skill") <= 20 AS "skill fits",
    "level text" IS NULL OR "level" IS NOT NULL AND (CAST("level" AS TEXT) = "level text" OR "level text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "level fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."skills" ("load_dt", "hk_person_no", "hk_project_no", "hk_l_work");

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
