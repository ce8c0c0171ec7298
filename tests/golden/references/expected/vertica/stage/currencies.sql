-- stage currencies: rendered by dv-gen from metadata/codes.yml:12.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."currencies" CASCADE;

CREATE TABLE "stage"."currencies" (
  "code" VARCHAR(12) NOT NULL,
  "name" VARCHAR(200),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hashdiff_r_currencies" VARBINARY(16) NOT NULL
)
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."currencies_repeats" CASCADE;

CREATE TABLE "stage"."currencies_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_currencies";

CREATE LOCAL TEMPORARY TABLE "raw_currencies" (
  "row_no" INTEGER NOT NULL,
  "code" VARCHAR(16),
  "name" VARCHAR(204)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:currencies')*/ "raw_currencies" (
  "row_no",
  "code",
  "name"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_currencies_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:currencies')*/ INTO "stage"."currencies" (
  "code",
  "name",
  "load_dt",
  "load_src",
  "row_no",
  "hashdiff_r_currencies"
)
SELECT
  "code",
  "name",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(COALESCE('name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), ''))) AS "hashdiff_r_currencies"
FROM (
  SELECT
    "code",
    "name",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "code" IS NOT NULL AND CHARACTER_LENGTH("code") <= 3 AS "code fits",
      "name" IS NULL OR CHARACTER_LENGTH("name") <= 50 AS "name fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."code", 2) AS "code",
        SUBSTR(raw."name", 2) AS "name"
      FROM "raw_currencies" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "code fits"
    AND "name fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."code", 2) AS "code",
    SUBSTR(raw."name", 2) AS "name"
  FROM "raw_currencies" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "code" IS NOT NULL AND CHARACTER_LENGTH("code") <= 3 AS "code fits",
    "name" IS NULL OR CHARACTER_LENGTH("name") <= 50 AS "name fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "code fits" THEN 'code'
    WHEN NOT "name fits" THEN 'name'
  END AS "column_name",
  CASE
    WHEN "code" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "code fits" THEN 'longer than 3 characters'
    WHEN NOT "name fits" THEN 'longer than 50 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("code fits"
  AND "name fits")
ORDER BY "row_no";

-- Once a batch: the deliveries that the rows are of, and the record source where they have one.
SELECT
  "load_dt",
  CASE WHEN MIN("load_src") = MAX("load_src") THEN MIN("load_src") END AS "load_src"
FROM "stage"."currencies"
GROUP BY "load_dt"
ORDER BY "load_dt";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:currencies')*/ INTO "stage"."currencies_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."currencies"
WHERE 1 = 0;
