-- stage persons: rendered by dv-gen from metadata/model.yml:15.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."persons" CASCADE;

CREATE TABLE "stage"."persons" (
  "person_no" INTEGER NOT NULL,
  "boss" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_person_no" VARBINARY(16) NOT NULL,
  "hk_person_no_boss" VARBINARY(16),
  "hk_l_bosses" VARBINARY(16)
)
ORDER BY "hk_person_no"
SEGMENTED BY HASH("hk_person_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."persons_repeats" CASCADE;

CREATE TABLE "stage"."persons_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_persons";

CREATE LOCAL TEMPORARY TABLE "raw_persons" (
  "row_no" INTEGER NOT NULL,
  "person_no" VARCHAR(404),
  "boss" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:persons')*/ "raw_persons" (
  "row_no",
  "person_no",
  "boss"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_persons_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:persons')*/ INTO "stage"."persons" (
  "person_no",
  "boss",
  "load_dt",
  "load_src",
  "row_no",
  "hk_person_no",
  "hk_person_no_boss",
  "hk_l_bosses"
)
SELECT
  "person_no",
  "boss",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("person_no" AS VARCHAR(11)))) AS "hk_person_no",
  CASE WHEN "boss" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("boss" AS VARCHAR(11)))) END AS "hk_person_no_boss",
  CASE WHEN "boss" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("person_no" AS VARCHAR(11)) || '|' || CAST("boss" AS VARCHAR(11)))) END AS "hk_l_bosses"
FROM (
  SELECT
    "person_no",
    "boss",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "person_no text" IS NOT NULL AND "person_no" IS NOT NULL AND "person_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("person_no" AS VARCHAR(11)) = "person_no text" OR REGEXP_LIKE("person_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "person_no fits",
      "boss text" IS NULL OR "boss" IS NOT NULL AND "boss" BETWEEN -2147483648 AND 2147483647 AND (CAST("boss" AS VARCHAR(11)) = "boss text" OR REGEXP_LIKE("boss text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "boss fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."person_no", 2) AS "person_no text",
        SUBSTR(raw."person_no", 2)::!INTEGER AS "person_no",
        SUBSTR(raw."boss", 2) AS "boss text",
        SUBSTR(raw."boss", 2)::!INTEGER AS "boss"
      FROM "raw_persons" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "person_no fits"
    AND "boss fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."person_no", 2) AS "person_no text",
    SUBSTR(raw."person_no", 2)::!INTEGER AS "person_no",
    SUBSTR(raw."boss", 2) AS "boss text",
    SUBSTR(raw."boss", 2)::!INTEGER AS "boss"
  FROM "raw_persons" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "person_no text" IS NOT NULL AND "person_no" IS NOT NULL AND "person_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("person_no" AS VARCHAR(11)) = "person_no text" OR REGEXP_LIKE("person_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "person_no fits",
    "boss text" IS NULL OR "boss" IS NOT NULL AND "boss" BETWEEN -2147483648 AND 2147483647 AND (CAST("boss" AS VARCHAR(11)) = "boss text" OR REGEXP_LIKE("boss text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "boss fits"
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
INSERT /*+LABEL('dv_gen:persons')*/ INTO "stage"."persons_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."persons"
WHERE "hk_person_no" IN (
  SELECT "hk_person_no"
  FROM "stage"."persons"
  GROUP BY "hk_person_no"
  HAVING COUNT(*) > 1
);
