-- stage codes: rendered by dv-gen from metadata/model.yml:17.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."codes";

CREATE TABLE "stage"."codes" (
  "CODE" VARCHAR(10) COLLATE "C",
  "MEANING" VARCHAR(50) COLLATE "C",
  "CHANGED_ON" DATE,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "HASHDIFF_ref_code" CHAR(32) COLLATE "C" NOT NULL
);

DROP TABLE IF EXISTS "stage"."codes_repeats";

CREATE TABLE "stage"."codes_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_codes";

CREATE TEMPORARY TABLE "raw_codes" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "CODE" TEXT COLLATE "C",
  "MEANING" TEXT COLLATE "C",
  "CHANGED_ON" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_codes";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_codes" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."codes" (
  "CODE",
  "MEANING",
  "CHANGED_ON",
  "LOAD_DATE",
  "RECORD_SOURCE",
  "row_no",
  "HASHDIFF_ref_code"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_codes") + 1 AS "row_no",
    raw."CODE" AS "CODE",
    raw."MEANING" AS "MEANING",
    raw."CHANGED_ON" AS "CHANGED_ON text",
    CASE WHEN PG_INPUT_IS_VALID(raw."CHANGED_ON", 'date') THEN CAST(raw."CHANGED_ON" AS DATE) END AS "CHANGED_ON"
  FROM "raw_codes" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "CODE" IS NULL OR LENGTH("CODE") <= 10 AS "CODE fits",
    "MEANING" IS NULL OR LENGTH("MEANING") <= 50 AS "MEANING fits",
    "CHANGED_ON text" IS NULL OR "CHANGED_ON" IS NOT NULL AND "CHANGED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("CHANGED_ON" AS TEXT) = "CHANGED_ON text" OR "CHANGED_ON text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "CHANGED_ON fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "CODE",
    "MEANING",
    "CHANGED_ON",
    "row_no"
  FROM "checked"
  WHERE "CODE fits"
    AND "MEANING fits"
    AND "CHANGED_ON fits"
)
SELECT
  "CODE",
  "MEANING",
  "CHANGED_ON",
  CAST(:load_dt AS TIMESTAMP) AS "LOAD_DATE",
  CAST(:load_src AS VARCHAR(255)) AS "RECORD_SOURCE",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  UPPER(MD5(COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "CODE") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') || '||' || COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "MEANING") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^'))) AS "HASHDIFF_ref_code"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_codes") + 1 AS "row_no",
    raw."CODE" AS "CODE",
    raw."MEANING" AS "MEANING",
    raw."CHANGED_ON" AS "CHANGED_ON text",
    CASE WHEN PG_INPUT_IS_VALID(raw."CHANGED_ON", 'date') THEN CAST(raw."CHANGED_ON" AS DATE) END AS "CHANGED_ON"
  FROM "raw_codes" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "CODE" IS NULL OR LENGTH("CODE") <= 10 AS "CODE fits",
    "MEANING" IS NULL OR LENGTH("MEANING") <= 50 AS "MEANING fits",
    "CHANGED_ON text" IS NULL OR "CHANGED_ON" IS NOT NULL AND "CHANGED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("CHANGED_ON" AS TEXT) = "CHANGED_ON text" OR "CHANGED_ON text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "CHANGED_ON fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."codes" ("LOAD_DATE");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."codes_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."codes"
WHERE 1 = 0;
