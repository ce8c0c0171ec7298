-- stage currencies: rendered by dv-gen from metadata/codes.yml:12.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."currencies";

CREATE TABLE "stage"."currencies" (
  "code" VARCHAR(3) COLLATE "C" NOT NULL,
  "name" VARCHAR(50) COLLATE "C",
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hashdiff_r_currencies" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."currencies_repeats";

CREATE TABLE "stage"."currencies_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_currencies";

CREATE TEMPORARY TABLE "raw_currencies" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "code" TEXT COLLATE "C",
  "name" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_currencies";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_currencies" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."currencies" (
  "code",
  "name",
  "load_dt",
  "load_src",
  "row_no",
  "hashdiff_r_currencies"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_currencies") + 1 AS "row_no",
    raw."code" AS "code",
    raw."name" AS "name"
  FROM "raw_currencies" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "code" IS NOT NULL AND LENGTH("code") <= 3 AS "code fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "code",
    "name",
    "row_no"
  FROM "checked"
  WHERE "code fits"
    AND "name fits"
)
SELECT
  "code",
  "name",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(COALESCE('name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), ''))::UUID AS "hashdiff_r_currencies"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_currencies") + 1 AS "row_no",
    raw."code" AS "code",
    raw."name" AS "name"
  FROM "raw_currencies" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "code" IS NOT NULL AND LENGTH("code") <= 3 AS "code fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."currencies" ("load_dt");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."currencies_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."currencies"
WHERE 1 = 0;
