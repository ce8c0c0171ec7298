-- stage staff: rendered by dv-gen from metadata/staff.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."staff";

CREATE TABLE "stage"."staff" (
  "person" INTEGER NOT NULL,
  "lead" INTEGER,
  "name" VARCHAR(50) COLLATE "C",
  "grade" SMALLINT,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
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
DROP TABLE IF EXISTS pg_temp."raw_staff";

CREATE TEMPORARY TABLE "raw_staff" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "person" TEXT COLLATE "C",
  "lead" TEXT COLLATE "C",
  "name" TEXT COLLATE "C",
  "grade" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_staff";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_staff" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_staff") + 1 AS "row_no",
    raw."person" AS "person text",
    CASE WHEN PG_INPUT_IS_VALID(raw."person", 'integer') THEN CAST(raw."person" AS INTEGER) END AS "person",
    raw."lead" AS "lead text",
    CASE WHEN PG_INPUT_IS_VALID(raw."lead", 'integer') THEN CAST(raw."lead" AS INTEGER) END AS "lead",
    raw."name" AS "name",
    raw."grade" AS "grade text",
    CASE WHEN PG_INPUT_IS_VALID(raw."grade", 'smallint') THEN CAST(raw."grade" AS SMALLINT) END AS "grade"
  FROM "raw_staff" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "person text" IS NOT NULL AND "person" IS NOT NULL AND (CAST("person" AS TEXT) = "person text" OR "person text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "person fits",
    "lead text" IS NULL OR "lead" IS NOT NULL AND (CAST("lead" AS TEXT) = "lead text" OR "lead text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "lead fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits",
    "grade text" IS NULL OR "grade" IS NOT NULL AND (CAST("grade" AS TEXT) = "grade text" OR "grade text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "grade fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("person" AS TEXT))::UUID AS "hk_person_no",
  CASE WHEN "lead" IS NOT NULL THEN MD5(CAST("lead" AS TEXT))::UUID END AS "hk_person_no_lead",
  CASE WHEN "lead" IS NOT NULL THEN MD5(CAST("person" AS TEXT) || '|' || CAST("lead" AS TEXT))::UUID END AS "hk_l_leads",
  MD5(CONCAT_WS(
    '|',
    'grade=' || CAST("grade" AS TEXT),
    'name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|')
  ))::UUID AS "hashdiff_t_persons_changed"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_staff") + 1 AS "row_no",
    raw."person" AS "person text",
    CASE WHEN PG_INPUT_IS_VALID(raw."person", 'integer') THEN CAST(raw."person" AS INTEGER) END AS "person",
    raw."lead" AS "lead text",
    CASE WHEN PG_INPUT_IS_VALID(raw."lead", 'integer') THEN CAST(raw."lead" AS INTEGER) END AS "lead",
    raw."name" AS "name",
    raw."grade" AS "grade text",
    CASE WHEN PG_INPUT_IS_VALID(raw."grade", 'smallint') THEN CAST(raw."grade" AS SMALLINT) END AS "grade"
  FROM "raw_staff" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "person text" IS NOT NULL AND "person" IS NOT NULL AND (CAST("person" AS TEXT) = "person text" OR "person text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "person fits",
    "lead text" IS NULL OR "lead" IS NOT NULL AND (CAST("lead" AS TEXT) = "lead text" OR "lead text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "lead fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits",
    "grade text" IS NULL OR "grade" IS NOT NULL AND (CAST("grade" AS TEXT) = "grade text" OR "grade text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "grade fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."staff" ("load_dt", "hk_person_no", "hk_person_no_lead", "hk_l_leads");

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
