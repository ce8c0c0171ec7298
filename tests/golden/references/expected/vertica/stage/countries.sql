-- stage countries: rendered by dv-gen from metadata/codes.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."countries" CASCADE;

CREATE TABLE "stage"."countries" (
  "code" VARCHAR(8) NOT NULL,
  "name" VARCHAR(200),
  "region" VARCHAR(80),
  "at" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hashdiff_r_countries" VARBINARY(16) NOT NULL,
  "hashdiff_r_regions" VARBINARY(16) NOT NULL
)
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."countries_repeats" CASCADE;

CREATE TABLE "stage"."countries_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_countries";

CREATE LOCAL TEMPORARY TABLE "raw_countries" (
  "row_no" INTEGER NOT NULL,
  "code" VARCHAR(12),
  "name" VARCHAR(204),
  "region" VARCHAR(84),
  "at" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:countries')*/ "raw_countries" (
  "row_no",
  "code",
  "name",
  "region",
  "at"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_countries_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:countries')*/ INTO "stage"."countries" (
  "code",
  "name",
  "region",
  "at",
  "load_dt",
  "load_src",
  "row_no",
  "hashdiff_r_countries",
  "hashdiff_r_regions"
)
SELECT
  "code",
  "name",
  "region",
  "at",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(SUBSTR(
    COALESCE('|at=' || RTRIM(RTRIM(TO_CHAR("at", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '')
    || COALESCE('|name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), '')
    || COALESCE('|region=' || REPLACE(REPLACE("region", '\', '\\'), '|', '\|'), ''),
    2
  ))) AS "hashdiff_r_countries",
  HEX_TO_BINARY(MD5(COALESCE('region=' || REPLACE(REPLACE("region", '\', '\\'), '|', '\|'), ''))) AS "hashdiff_r_regions"
FROM (
  SELECT
    "code",
    "name",
    "region",
    "at",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "code" IS NOT NULL AND CHARACTER_LENGTH("code") <= 2 AS "code fits",
      "name" IS NULL OR CHARACTER_LENGTH("name") <= 50 AS "name fits",
      "region" IS NULL OR CHARACTER_LENGTH("region") <= 20 AS "region fits",
      "at text" IS NULL OR "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("at" AS VARCHAR(26)) = "at text" OR REGEXP_LIKE("at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "at fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."code", 2) AS "code",
        SUBSTR(raw."name", 2) AS "name",
        SUBSTR(raw."region", 2) AS "region",
        SUBSTR(raw."at", 2) AS "at text",
        SUBSTR(raw."at", 2)::!TIMESTAMP AS "at"
      FROM "raw_countries" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "code fits"
    AND "name fits"
    AND "region fits"
    AND "at fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."code", 2) AS "code",
    SUBSTR(raw."name", 2) AS "name",
    SUBSTR(raw."region", 2) AS "region",
    SUBSTR(raw."at", 2) AS "at text",
    SUBSTR(raw."at", 2)::!TIMESTAMP AS "at"
  FROM "raw_countries" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "code" IS NOT NULL AND CHARACTER_LENGTH("code") <= 2 AS "code fits",
    "name" IS NULL OR CHARACTER_LENGTH("name") <= 50 AS "name fits",
    "region" IS NULL OR CHARACTER_LENGTH("region") <= 20 AS "region fits",
    "at text" IS NULL OR "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("at" AS VARCHAR(26)) = "at text" OR REGEXP_LIKE("at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "at fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "code fits" THEN 'code'
    WHEN NOT "name fits" THEN 'name'
    WHEN NOT "region fits" THEN 'region'
    WHEN NOT "at fits" THEN 'at'
  END AS "column_name",
  CASE
    WHEN "code" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "code fits" THEN 'longer than 2 characters'
    WHEN NOT "name fits" THEN 'longer than 50 characters'
    WHEN NOT "region fits" THEN 'longer than 20 characters'
    WHEN NOT "at fits" THEN 'not a timestamp'
  END AS "reason"
FROM "checked"
WHERE NOT ("code fits"
  AND "name fits"
  AND "region fits"
  AND "at fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:countries')*/ INTO "stage"."countries_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."countries"
WHERE 1 = 0;
