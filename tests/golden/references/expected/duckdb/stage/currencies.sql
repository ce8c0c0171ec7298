-- stage currencies: rendered by dv-gen from metadata/codes.yml:12.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."currencies";

CREATE TABLE "stage"."currencies" (
  "code" VARCHAR(3) NOT NULL,
  "name" VARCHAR(50),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hashdiff_r_currencies" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."currencies_repeats";

CREATE TABLE "stage"."currencies_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_currencies";

CREATE TEMPORARY TABLE "raw_currencies" (
  "code" VARCHAR,
  "name" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_currencies" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'code',
  'name'
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
    rowid - (SELECT MIN(rowid) FROM "raw_currencies") + 1 AS "row_no",
    raw."code" AS "code",
    raw."name" AS "name"
  FROM "raw_currencies" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "code" IS NOT NULL AND LENGTH("code") <= 3 AS "code fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits"
  FROM "typed" AS typed
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
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(COALESCE('name=' || CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END, '')))::UUID AS "hashdiff_r_currencies"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_currencies") + 1 AS "row_no",
    raw."code" AS "code",
    raw."name" AS "name"
  FROM "raw_currencies" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "code" IS NOT NULL AND LENGTH("code") <= 3 AS "code fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits"
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
INSERT INTO "stage"."currencies_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."currencies"
WHERE 1 = 0;
