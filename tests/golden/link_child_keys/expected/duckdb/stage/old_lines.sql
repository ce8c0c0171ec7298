-- stage old_lines: rendered by dv-gen from metadata/lines.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."old_lines";

CREATE TABLE "stage"."old_lines" (
  "order_text" VARCHAR(12),
  "product" VARCHAR(10),
  "line_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_no" UUID,
  "hk_product_no" UUID,
  "hk_l_lines" UUID
);

DROP TABLE IF EXISTS "stage"."old_lines_repeats";

CREATE TABLE "stage"."old_lines_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_old_lines";

CREATE TEMPORARY TABLE "raw_old_lines" (
  "order_text" VARCHAR,
  "product" VARCHAR,
  "line_no" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_old_lines" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'order_text',
  'product',
  'line_no'
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
INSERT INTO "stage"."old_lines" (
  "order_text",
  "product",
  "line_no",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_product_no",
  "hk_l_lines"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_old_lines") + 1 AS "row_no",
    raw."order_text" AS "order_text",
    raw."product" AS "product",
    raw."line_no" AS "line_no text",
    TRY_CAST(raw."line_no" AS INTEGER) AS "line_no"
  FROM "raw_old_lines" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "order_text" IS NULL OR LENGTH("order_text") <= 12 AS "order_text fits",
    "product" IS NULL OR LENGTH("product") <= 10 AS "product fits",
    CASE WHEN CAST("line_no" AS VARCHAR) = "line_no text" THEN TRUE WHEN "line_no" IS NOT NULL THEN REGEXP_FULL_MATCH("line_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "line_no text" IS NULL END AS "line_no fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "order_text",
    "product",
    "line_no",
    "row_no"
  FROM "checked"
  WHERE "order_text fits"
    AND "product fits"
    AND "line_no fits"
)
SELECT
  "order_text",
  "product",
  "line_no",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "order_text") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("order_text", '\') OR CONTAINS("order_text", '|') THEN REPLACE(REPLACE("order_text", '\', '\\'), '|', '\|') ELSE "order_text" END))))::UUID END AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "product") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("product", '\') OR CONTAINS("product", '|') THEN REPLACE(REPLACE("product", '\', '\\'), '|', '\|') ELSE "product" END))))::UUID END AS "hk_product_no",
  CASE WHEN TRIM(BOTH ' ' FROM "order_text") <> '' AND TRIM(BOTH ' ' FROM "product") <> '' THEN UNHEX(MD5(CONCAT_WS('|', UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("order_text", '\') OR CONTAINS("order_text", '|') THEN REPLACE(REPLACE("order_text", '\', '\\'), '|', '\|') ELSE "order_text" END)), UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("product", '\') OR CONTAINS("product", '|') THEN REPLACE(REPLACE("product", '\', '\\'), '|', '\|') ELSE "product" END)), COALESCE(CAST("line_no" AS VARCHAR), '\N'))))::UUID END AS "hk_l_lines"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_old_lines") + 1 AS "row_no",
    raw."order_text" AS "order_text",
    raw."product" AS "product",
    raw."line_no" AS "line_no text",
    TRY_CAST(raw."line_no" AS INTEGER) AS "line_no"
  FROM "raw_old_lines" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "order_text" IS NULL OR LENGTH("order_text") <= 12 AS "order_text fits",
    "product" IS NULL OR LENGTH("product") <= 10 AS "product fits",
    CASE WHEN CAST("line_no" AS VARCHAR) = "line_no text" THEN TRUE WHEN "line_no" IS NOT NULL THEN REGEXP_FULL_MATCH("line_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "line_no text" IS NULL END AS "line_no fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_text fits" THEN 'order_text'
    WHEN NOT "product fits" THEN 'product'
    WHEN NOT "line_no fits" THEN 'line_no'
  END AS "column_name",
  CASE
    WHEN NOT "order_text fits" THEN 'longer than 12 characters'
    WHEN NOT "product fits" THEN 'longer than 10 characters'
    WHEN NOT "line_no fits" THEN 'not an integer'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_text fits"
  AND "product fits"
  AND "line_no fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."old_lines_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."old_lines"
WHERE "hk_order_no" IN (
  SELECT "hk_order_no"
  FROM "stage"."old_lines"
  GROUP BY "hk_order_no"
  HAVING COUNT(*) > 1
);
