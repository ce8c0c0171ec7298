-- stage staff: rendered by dv-gen from metadata/staff.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."staff" CASCADE;

CREATE TABLE "stage"."staff" (
  "person" INTEGER NOT NULL,
  "lead" INTEGER,
  "name" VARCHAR(200),
  "grade" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_person_no" VARBINARY(16) NOT NULL,
  "hk_person_no_lead" VARBINARY(16),
  "hk_l_leads" VARBINARY(16),
  "hashdiff_t_persons_changed" VARBINARY(16) NOT NULL
)
ORDER BY "hk_person_no"
SEGMENTED BY HASH("hk_person_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."staff_repeats" CASCADE;

CREATE TABLE "stage"."staff_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_staff";

CREATE LOCAL TEMPORARY TABLE "raw_staff" (
  "row_no" INTEGER NOT NULL,
  "person" VARCHAR(404),
  "lead" VARCHAR(404),
  "name" VARCHAR(204),
  "grade" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:staff')*/ "raw_staff" (
  "row_no",
  "person",
  "lead",
  "name",
  "grade"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_staff_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:staff')*/ INTO "stage"."staff" (
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
SELECT
  "person",
  "lead",
  "name",
  "grade",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("person" AS VARCHAR(11)))) AS "hk_person_no",
  CASE WHEN "lead" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("lead" AS VARCHAR(11)))) END AS "hk_person_no_lead",
  CASE WHEN "lead" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("person" AS VARCHAR(11)) || '|' || CAST("lead" AS VARCHAR(11)))) END AS "hk_l_leads",
  HEX_TO_BINARY(MD5(SUBSTR(
    COALESCE('|grade=' || CAST("grade" AS VARCHAR(6)), '')
    || COALESCE('|name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), ''),
    2
  ))) AS "hashdiff_t_persons_changed"
FROM (
  SELECT
    "person",
    "lead",
    "name",
    "grade",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "person text" IS NOT NULL AND "person" IS NOT NULL AND "person" BETWEEN -2147483648 AND 2147483647 AND (CAST("person" AS VARCHAR(11)) = "person text" OR REGEXP_LIKE("person text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "person fits",
      "lead text" IS NULL OR "lead" IS NOT NULL AND "lead" BETWEEN -2147483648 AND 2147483647 AND (CAST("lead" AS VARCHAR(11)) = "lead text" OR REGEXP_LIKE("lead text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "lead fits",
      "name" IS NULL OR CHARACTER_LENGTH("name") <= 50 AS "name fits",
      "grade text" IS NULL OR "grade" IS NOT NULL AND "grade" BETWEEN -32768 AND 32767 AND (CAST("grade" AS VARCHAR(6)) = "grade text" OR REGEXP_LIKE("grade text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "grade fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."person", 2) AS "person text",
        SUBSTR(raw."person", 2)::!INTEGER AS "person",
        SUBSTR(raw."lead", 2) AS "lead text",
        SUBSTR(raw."lead", 2)::!INTEGER AS "lead",
        SUBSTR(raw."name", 2) AS "name",
        SUBSTR(raw."grade", 2) AS "grade text",
        SUBSTR(raw."grade", 2)::!INTEGER AS "grade"
      FROM "raw_staff" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "person fits"
    AND "lead fits"
    AND "name fits"
    AND "grade fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."person", 2) AS "person text",
    SUBSTR(raw."person", 2)::!INTEGER AS "person",
    SUBSTR(raw."lead", 2) AS "lead text",
    SUBSTR(raw."lead", 2)::!INTEGER AS "lead",
    SUBSTR(raw."name", 2) AS "name",
    SUBSTR(raw."grade", 2) AS "grade text",
    SUBSTR(raw."grade", 2)::!INTEGER AS "grade"
  FROM "raw_staff" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "person text" IS NOT NULL AND "person" IS NOT NULL AND "person" BETWEEN -2147483648 AND 2147483647 AND (CAST("person" AS VARCHAR(11)) = "person text" OR REGEXP_LIKE("person text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "person fits",
    "lead text" IS NULL OR "lead" IS NOT NULL AND "lead" BETWEEN -2147483648 AND 2147483647 AND (CAST("lead" AS VARCHAR(11)) = "lead text" OR REGEXP_LIKE("lead text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "lead fits",
    "name" IS NULL OR CHARACTER_LENGTH("name") <= 50 AS "name fits",
    "grade text" IS NULL OR "grade" IS NOT NULL AND "grade" BETWEEN -32768 AND 32767 AND (CAST("grade" AS VARCHAR(6)) = "grade text" OR REGEXP_LIKE("grade text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "grade fits"
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
INSERT /*+LABEL('dv_gen:staff')*/ INTO "stage"."staff_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."staff"
WHERE "hk_person_no" IN (
  SELECT "hk_person_no"
  FROM "stage"."staff"
  GROUP BY "hk_person_no"
  HAVING COUNT(*) > 1
);
