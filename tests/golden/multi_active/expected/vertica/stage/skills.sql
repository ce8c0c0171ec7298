-- stage skills: rendered by dv-gen from metadata/phones.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."skills" CASCADE;

CREATE TABLE "stage"."skills" (
  "person" INTEGER NOT NULL,
  "project" INTEGER NOT NULL,
  "skill" VARCHAR(80),
  "level" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_person_no" VARBINARY(16) NOT NULL,
  "hk_project_no" VARBINARY(16) NOT NULL,
  "hk_l_work" VARBINARY(16) NOT NULL,
  "hashdiff_s_skills" VARBINARY(16) NOT NULL
)
ORDER BY "hk_person_no"
SEGMENTED BY HASH("hk_person_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."skills_repeats" CASCADE;

CREATE TABLE "stage"."skills_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_skills";

CREATE LOCAL TEMPORARY TABLE "raw_skills" (
  "row_no" INTEGER NOT NULL,
  "person" VARCHAR(404),
  "project" VARCHAR(404),
  "skill" VARCHAR(84),
  "level" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:skills')*/ "raw_skills" (
  "row_no",
  "person",
  "project",
  "skill",
  "level"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_skills_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:skills')*/ INTO "stage"."skills" (
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
SELECT
  "person",
  "project",
  "skill",
  "level",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("person" AS VARCHAR(11)))) AS "hk_person_no",
  HEX_TO_BINARY(MD5(CAST("project" AS VARCHAR(11)))) AS "hk_project_no",
  HEX_TO_BINARY(MD5(CAST("person" AS VARCHAR(11)) || '|' || CAST("project" AS VARCHAR(11)))) AS "hk_l_work",
  HEX_TO_BINARY(MD5(SUBSTR(
    COALESCE('|level=' || CAST("level" AS VARCHAR(6)), '')
    || COALESCE('|skill=' || REPLACE(REPLACE("skill", '\', '\\'), '|', '\|'), ''),
    2
  ))) AS "hashdiff_s_skills"
FROM (
  SELECT
    "person",
    "project",
    "skill",
    "level",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "person text" IS NOT NULL AND "person" IS NOT NULL AND "person" BETWEEN -2147483648 AND 2147483647 AND (CAST("person" AS VARCHAR(11)) = "person text" OR REGEXP_LIKE("person text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "person fits",
      "project text" IS NOT NULL AND "project" IS NOT NULL AND "project" BETWEEN -2147483648 AND 2147483647 AND (CAST("project" AS VARCHAR(11)) = "project text" OR REGEXP_LIKE("project text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "project fits",
      "skill" IS NULL OR CHARACTER_LENGTH("skill") <= 20 AS "skill fits",
      "level text" IS NULL OR "level" IS NOT NULL AND "level" BETWEEN -32768 AND 32767 AND (CAST("level" AS VARCHAR(6)) = "level text" OR REGEXP_LIKE("level text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "level fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."person", 2) AS "person text",
        SUBSTR(raw."person", 2)::!INTEGER AS "person",
        SUBSTR(raw."project", 2) AS "project text",
        SUBSTR(raw."project", 2)::!INTEGER AS "project",
        SUBSTR(raw."skill", 2) AS "skill",
        SUBSTR(raw."level", 2) AS "level text",
        SUBSTR(raw."level", 2)::!INTEGER AS "level"
      FROM "raw_skills" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "person fits"
    AND "project fits"
    AND "skill fits"
    AND "level fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."person", 2) AS "person text",
    SUBSTR(raw."person", 2)::!INTEGER AS "person",
    SUBSTR(raw."project", 2) AS "project text",
    SUBSTR(raw."project", 2)::!INTEGER AS "project",
    SUBSTR(raw."skill", 2) AS "skill",
    SUBSTR(raw."level", 2) AS "level text",
    SUBSTR(raw."level", 2)::!INTEGER AS "level"
  FROM "raw_skills" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "person text" IS NOT NULL AND "person" IS NOT NULL AND "person" BETWEEN -2147483648 AND 2147483647 AND (CAST("person" AS VARCHAR(11)) = "person text" OR REGEXP_LIKE("person text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "person fits",
    "project text" IS NOT NULL AND "project" IS NOT NULL AND "project" BETWEEN -2147483648 AND 2147483647 AND (CAST("project" AS VARCHAR(11)) = "project text" OR REGEXP_LIKE("project text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "project fits",
    "skill" IS NULL OR CHARACTER_LENGTH("skill") <= 20 AS "skill fits",
    "level text" IS NULL OR "level" IS NOT NULL AND "level" BETWEEN -32768 AND 32767 AND (CAST("level" AS VARCHAR(6)) = "level text" OR REGEXP_LIKE("level text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "level fits"
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
INSERT /*+LABEL('dv_gen:skills')*/ INTO "stage"."skills_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."skills"
WHERE "hk_person_no" IN (
  SELECT "hk_person_no"
  FROM "stage"."skills"
  GROUP BY "hk_person_no"
  HAVING COUNT(*) > 1
);
