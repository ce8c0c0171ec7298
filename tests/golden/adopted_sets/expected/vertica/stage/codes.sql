-- stage codes: rendered by dv-gen from metadata/model.yml:17.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."codes" CASCADE;

CREATE TABLE "stage"."codes" (
  "CODE" VARCHAR(40),
  "MEANING" VARCHAR(200),
  "CHANGED_ON" DATE,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "HASHDIFF_ref_code" CHAR(32) NOT NULL
)
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."codes_repeats" CASCADE;

CREATE TABLE "stage"."codes_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_codes";

CREATE LOCAL TEMPORARY TABLE "raw_codes" (
  "row_no" INTEGER NOT NULL,
  "CODE" VARCHAR(44),
  "MEANING" VARCHAR(204),
  "CHANGED_ON" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:codes')*/ "raw_codes" (
  "row_no",
  "CODE",
  "MEANING",
  "CHANGED_ON"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_codes_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:codes')*/ INTO "stage"."codes" (
  "CODE",
  "MEANING",
  "CHANGED_ON",
  "LOAD_DATE",
  "RECORD_SOURCE",
  "row_no",
  "HASHDIFF_ref_code"
)
SELECT
  "CODE",
  "MEANING",
  "CHANGED_ON",
  CAST(:load_dt AS TIMESTAMP) AS "LOAD_DATE",
  CAST(:load_src AS VARCHAR(1020)) AS "RECORD_SOURCE",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  UPPER(MD5(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "CODE")), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "MEANING")), 'ß', 'ẞ'), ''), '^^'))) AS "HASHDIFF_ref_code"
FROM (
  SELECT
    "CODE",
    "MEANING",
    "CHANGED_ON",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "CODE" IS NULL OR CHARACTER_LENGTH("CODE") <= 10 AS "CODE fits",
      "MEANING" IS NULL OR CHARACTER_LENGTH("MEANING") <= 50 AS "MEANING fits",
      "CHANGED_ON text" IS NULL OR "CHANGED_ON" IS NOT NULL AND "CHANGED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("CHANGED_ON" AS VARCHAR(10)) = "CHANGED_ON text" OR REGEXP_LIKE("CHANGED_ON text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "CHANGED_ON fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."CODE", 2) AS "CODE",
        SUBSTR(raw."MEANING", 2) AS "MEANING",
        SUBSTR(raw."CHANGED_ON", 2) AS "CHANGED_ON text",
        SUBSTR(raw."CHANGED_ON", 2)::!DATE AS "CHANGED_ON"
      FROM "raw_codes" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "CODE fits"
    AND "MEANING fits"
    AND "CHANGED_ON fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."CODE", 2) AS "CODE",
    SUBSTR(raw."MEANING", 2) AS "MEANING",
    SUBSTR(raw."CHANGED_ON", 2) AS "CHANGED_ON text",
    SUBSTR(raw."CHANGED_ON", 2)::!DATE AS "CHANGED_ON"
  FROM "raw_codes" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "CODE" IS NULL OR CHARACTER_LENGTH("CODE") <= 10 AS "CODE fits",
    "MEANING" IS NULL OR CHARACTER_LENGTH("MEANING") <= 50 AS "MEANING fits",
    "CHANGED_ON text" IS NULL OR "CHANGED_ON" IS NOT NULL AND "CHANGED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("CHANGED_ON" AS VARCHAR(10)) = "CHANGED_ON text" OR REGEXP_LIKE("CHANGED_ON text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "CHANGED_ON fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "CODE fits" THEN 'CODE'
    WHEN NOT "MEANING fits" THEN 'MEANING'
    WHEN NOT "CHANGED_ON fits" THEN 'CHANGED_ON'
  END AS "column_name",
  CASE
    WHEN NOT "CODE fits" THEN 'longer than 10 characters'
    WHEN NOT "MEANING fits" THEN 'longer than 50 characters'
    WHEN NOT "CHANGED_ON fits" THEN 'not a date'
  END AS "reason"
FROM "checked"
WHERE NOT ("CODE fits"
  AND "MEANING fits"
  AND "CHANGED_ON fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:codes')*/ INTO "stage"."codes_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."codes"
WHERE 1 = 0;
