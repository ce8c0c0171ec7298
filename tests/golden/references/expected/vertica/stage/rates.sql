-- stage rates: rendered by dv-gen from metadata/codes.yml:6.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."rates" CASCADE;

CREATE TABLE "stage"."rates" (
  "currency" VARCHAR(12),
  "year" INTEGER NOT NULL,
  "rate" DECIMAL(12, 6),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hashdiff_r_rates" VARBINARY(16) NOT NULL
)
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."rates_repeats" CASCADE;

CREATE TABLE "stage"."rates_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_rates";

CREATE LOCAL TEMPORARY TABLE "raw_rates" (
  "row_no" INTEGER NOT NULL,
  "currency" VARCHAR(16),
  "year" VARCHAR(404),
  "rate" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:rates')*/ "raw_rates" (
  "row_no",
  "currency",
  "year",
  "rate"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_rates_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:rates')*/ INTO "stage"."rates" (
  "currency",
  "year",
  "rate",
  "load_dt",
  "load_src",
  "row_no",
  "hashdiff_r_rates"
)
SELECT
  "currency",
  "year",
  "rate",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(COALESCE('rate=' || RTRIM(RTRIM(CAST("rate" AS VARCHAR(14)), '0'), '.'), ''))) AS "hashdiff_r_rates"
FROM (
  SELECT
    "currency",
    "year",
    "rate",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "currency" IS NULL OR CHARACTER_LENGTH("currency") <= 3 AS "currency fits",
      "year text" IS NOT NULL AND "year" IS NOT NULL AND "year" BETWEEN -2147483648 AND 2147483647 AND (CAST("year" AS VARCHAR(11)) = "year text" OR REGEXP_LIKE("year text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "year fits",
      "rate text" IS NULL OR "rate" IS NOT NULL AND (CAST("rate" AS VARCHAR(14)) = "rate text" OR REGEXP_LIKE("rate text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,6}0*)?|\.[0-9]{1,6}0*)[ ]*)\z')) AS "rate fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."currency", 2) AS "currency",
        SUBSTR(raw."year", 2) AS "year text",
        SUBSTR(raw."year", 2)::!INTEGER AS "year",
        SUBSTR(raw."rate", 2) AS "rate text",
        SUBSTR(raw."rate", 2)::!DECIMAL(12, 6) AS "rate"
      FROM "raw_rates" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "currency fits"
    AND "year fits"
    AND "rate fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."currency", 2) AS "currency",
    SUBSTR(raw."year", 2) AS "year text",
    SUBSTR(raw."year", 2)::!INTEGER AS "year",
    SUBSTR(raw."rate", 2) AS "rate text",
    SUBSTR(raw."rate", 2)::!DECIMAL(12, 6) AS "rate"
  FROM "raw_rates" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "currency" IS NULL OR CHARACTER_LENGTH("currency") <= 3 AS "currency fits",
    "year text" IS NOT NULL AND "year" IS NOT NULL AND "year" BETWEEN -2147483648 AND 2147483647 AND (CAST("year" AS VARCHAR(11)) = "year text" OR REGEXP_LIKE("year text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "year fits",
    "rate text" IS NULL OR "rate" IS NOT NULL AND (CAST("rate" AS VARCHAR(14)) = "rate text" OR REGEXP_LIKE("rate text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,6}0*)?|\.[0-9]{1,6}0*)[ ]*)\z')) AS "rate fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "currency fits" THEN 'currency'
    WHEN NOT "year fits" THEN 'year'
    WHEN NOT "rate fits" THEN 'rate'
  END AS "column_name",
  CASE
    WHEN NOT "currency fits" THEN 'longer than 3 characters'
    WHEN "year text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "year fits" THEN 'not an integer'
    WHEN NOT "rate fits" THEN 'not a decimal(12,6)'
  END AS "reason"
FROM "checked"
WHERE NOT ("currency fits"
  AND "year fits"
  AND "rate fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:rates')*/ INTO "stage"."rates_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."rates"
WHERE 1 = 0;
