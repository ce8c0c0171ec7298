-- stage visits: rendered by dv-gen from metadata/sales.yml:8.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."visits";

CREATE TABLE "stage"."visits" (
  "shop" INTEGER NOT NULL,
  "visitor" VARCHAR(20),
  "visit_id" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_visit_id" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."visits_repeats";

CREATE TABLE "stage"."visits_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_visits";

CREATE TEMPORARY TABLE "raw_visits" (
  "shop" VARCHAR,
  "visitor" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_visits" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'shop',
  'visitor'
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
INSERT INTO "stage"."visits" (
  "shop",
  "visitor",
  "visit_id",
  "load_dt",
  "load_src",
  "row_no",
  "hk_visit_id"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_visits") + 1 AS "row_no",
    raw."shop" AS "shop text",
    TRY_CAST(raw."shop" AS INTEGER) AS "shop",
    raw."visitor" AS "visitor"
  FROM "raw_visits" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("shop" AS VARCHAR) = "shop text" THEN TRUE WHEN "shop" IS NOT NULL THEN REGEXP_FULL_MATCH("shop text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "shop fits",
    "visitor" IS NULL OR LENGTH("visitor") <= 20 AS "visitor fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "shop",
    "visitor",
    "row_no"
  FROM "checked"
  WHERE "shop fits"
    AND "visitor fits"
),
"identified" AS (
  SELECT
    fitting.*,
    MD5(CONCAT_WS('|', CAST("shop" AS VARCHAR), COALESCE(CASE WHEN CONTAINS("visitor", '\') OR CONTAINS("visitor", '|') THEN REPLACE(REPLACE("visitor", '\', '\\'), '|', '\|') ELSE "visitor" END, '\N'))) AS "visit_id text"
  FROM "fitting" AS fitting
)
SELECT
  "shop",
  "visitor",
  UNHEX("visit_id text")::UUID AS "visit_id",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5("visit_id text"))::UUID AS "hk_visit_id"
FROM "identified";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_visits") + 1 AS "row_no",
    raw."shop" AS "shop text",
    TRY_CAST(raw."shop" AS INTEGER) AS "shop",
    raw."visitor" AS "visitor"
  FROM "raw_visits" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("shop" AS VARCHAR) = "shop text" THEN TRUE WHEN "shop" IS NOT NULL THEN REGEXP_FULL_MATCH("shop text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "shop fits",
    "visitor" IS NULL OR LENGTH("visitor") <= 20 AS "visitor fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "shop fits" THEN 'shop'
    WHEN NOT "visitor fits" THEN 'visitor'
  END AS "column_name",
  CASE
    WHEN "shop text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "shop fits" THEN 'not an integer'
    WHEN NOT "visitor fits" THEN 'longer than 20 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("shop fits"
  AND "visitor fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."visits_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."visits"
WHERE "hk_visit_id" IN (
  SELECT "hk_visit_id"
  FROM "stage"."visits"
  GROUP BY "hk_visit_id"
  HAVING COUNT(*) > 1
);
