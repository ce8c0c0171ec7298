-- stage codes: rendered by dv-gen from metadata/model.yml:17.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."codes";

CREATE TABLE "stage"."codes" (
  "CODE" VARCHAR(10),
  "MEANING" VARCHAR(50),
  "CHANGED_ON" DATE,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "HASHDIFF_ref_code" CHAR(32) NOT NULL
);

DROP TABLE IF EXISTS "stage"."codes_repeats";

CREATE TABLE "stage"."codes_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_codes";

CREATE TEMPORARY TABLE "raw_codes" (
  "CODE" VARCHAR,
  "MEANING" VARCHAR,
  "CHANGED_ON" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_codes" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'CODE',
  'MEANING',
  'CHANGED_ON'
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
    rowid - (SELECT MIN(rowid) FROM "raw_codes") + 1 AS "row_no",
    raw."CODE" AS "CODE",
    raw."MEANING" AS "MEANING",
    raw."CHANGED_ON" AS "CHANGED_ON text",
    TRY_CAST(raw."CHANGED_ON" AS DATE) AS "CHANGED_ON"
  FROM "raw_codes" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "CODE" IS NULL OR LENGTH("CODE") <= 10 AS "CODE fits",
    "MEANING" IS NULL OR LENGTH("MEANING") <= 50 AS "MEANING fits",
    CASE WHEN CAST("CHANGED_ON" AS VARCHAR) = "CHANGED_ON text" AND "CHANGED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "CHANGED_ON" IS NOT NULL AND "CHANGED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("CHANGED_ON text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "CHANGED_ON text" IS NULL END AS "CHANGED_ON fits"
  FROM "typed" AS typed
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
  CAST($load_dt AS TIMESTAMP) AS "LOAD_DATE",
  CAST($load_src AS VARCHAR(255)) AS "RECORD_SOURCE",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UPPER(MD5(CONCAT_WS('||', COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "CODE")), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "MEANING")), ''), '^^')))) AS "HASHDIFF_ref_code"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_codes") + 1 AS "row_no",
    raw."CODE" AS "CODE",
    raw."MEANING" AS "MEANING",
    raw."CHANGED_ON" AS "CHANGED_ON text",
    TRY_CAST(raw."CHANGED_ON" AS DATE) AS "CHANGED_ON"
  FROM "raw_codes" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "CODE" IS NULL OR LENGTH("CODE") <= 10 AS "CODE fits",
    "MEANING" IS NULL OR LENGTH("MEANING") <= 50 AS "MEANING fits",
    CASE WHEN CAST("CHANGED_ON" AS VARCHAR) = "CHANGED_ON text" AND "CHANGED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "CHANGED_ON" IS NOT NULL AND "CHANGED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("CHANGED_ON text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "CHANGED_ON text" IS NULL END AS "CHANGED_ON fits"
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
INSERT INTO "stage"."codes_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."codes"
WHERE 1 = 0;
