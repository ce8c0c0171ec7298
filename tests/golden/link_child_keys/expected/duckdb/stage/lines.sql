-- stage lines: rendered by dv-gen from metadata/lines.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."lines";

CREATE TABLE "stage"."lines" (
  "order_no" INTEGER NOT NULL,
  "product" VARCHAR(20),
  "line_no" SMALLINT NOT NULL,
  "price" DECIMAL(10, 2),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_no" UUID NOT NULL,
  "hk_product_no" UUID,
  "hk_l_lines" UUID,
  "hashdiff_s_lines" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."lines_repeats";

CREATE TABLE "stage"."lines_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_lines";

CREATE TEMPORARY TABLE "raw_lines" (
  "order_no" VARCHAR,
  "product" VARCHAR,
  "line_no" VARCHAR,
  "price" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_lines" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'order_no',
  'product',
  'line_no',
  'price'
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
INSERT INTO "stage"."lines" (
  "order_no",
  "product",
  "line_no",
  "price",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_product_no",
  "hk_l_lines",
  "hashdiff_s_lines"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_lines") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    TRY_CAST(raw."order_no" AS INTEGER) AS "order_no",
    raw."product" AS "product",
    raw."line_no" AS "line_no text",
    TRY_CAST(raw."line_no" AS SMALLINT) AS "line_no",
    raw."price" AS "price text",
    TRY_CAST(raw."price" AS DECIMAL(10, 2)) AS "price"
  FROM "raw_lines" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_no" AS VARCHAR) = "order_no text" THEN TRUE WHEN "order_no" IS NOT NULL THEN REGEXP_FULL_MATCH("order_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_no fits",
    "product" IS NULL OR LENGTH("product") <= 20 AS "product fits",
    CASE WHEN CAST("line_no" AS VARCHAR) = "line_no text" THEN TRUE WHEN "line_no" IS NOT NULL THEN REGEXP_FULL_MATCH("line_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "line_no fits",
    CASE WHEN CAST("price" AS VARCHAR) = "price text" THEN TRUE WHEN "price" IS NOT NULL THEN REGEXP_FULL_MATCH("price text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*') ELSE "price text" IS NULL END AS "price fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "order_no",
    "product",
    "line_no",
    "price",
    "row_no"
  FROM "checked"
  WHERE "order_no fits"
    AND "product fits"
    AND "line_no fits"
    AND "price fits"
)
SELECT
  "order_no",
  "product",
  "line_no",
  "price",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("order_no" AS VARCHAR)))::UUID AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "product") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("product", '\') OR CONTAINS("product", '|') THEN REPLACE(REPLACE("product", '\', '\\'), '|', '\|') ELSE "product" END))))::UUID END AS "hk_product_no",
  CASE WHEN TRIM(BOTH ' ' FROM "product") <> '' THEN UNHEX(MD5(CONCAT_WS('|', CAST("order_no" AS VARCHAR), UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("product", '\') OR CONTAINS("product", '|') THEN REPLACE(REPLACE("product", '\', '\\'), '|', '\|') ELSE "product" END)), CAST(CAST("line_no" AS INTEGER) AS VARCHAR))))::UUID END AS "hk_l_lines",
  UNHEX(MD5(COALESCE('price=' || REGEXP_REPLACE(CAST("price" AS VARCHAR), '[.]?0+$', ''), '')))::UUID AS "hashdiff_s_lines"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_lines") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    TRY_CAST(raw."order_no" AS INTEGER) AS "order_no",
    raw."product" AS "product",
    raw."line_no" AS "line_no text",
    TRY_CAST(raw."line_no" AS SMALLINT) AS "line_no",
    raw."price" AS "price text",
    TRY_CAST(raw."price" AS DECIMAL(10, 2)) AS "price"
  FROM "raw_lines" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_no" AS VARCHAR) = "order_no text" THEN TRUE WHEN "order_no" IS NOT NULL THEN REGEXP_FULL_MATCH("order_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_no fits",
    "product" IS NULL OR LENGTH("product") <= 20 AS "product fits",
    CASE WHEN CAST("line_no" AS VARCHAR) = "line_no text" THEN TRUE WHEN "line_no" IS NOT NULL THEN REGEXP_FULL_MATCH("line_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "line_no fits",
    CASE WHEN CAST("price" AS VARCHAR) = "price text" THEN TRUE WHEN "price" IS NOT NULL THEN REGEXP_FULL_MATCH("price text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*') ELSE "price text" IS NULL END AS "price fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_no fits" THEN 'order_no'
    WHEN NOT "product fits" THEN 'product'
    WHEN NOT "line_no fits" THEN 'line_no'
    WHEN NOT "price fits" THEN 'price'
  END AS "column_name",
  CASE
    WHEN "order_no text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "order_no fits" THEN 'not an integer'
    WHEN NOT "product fits" THEN 'longer than 20 characters'
    WHEN "line_no text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "line_no fits" THEN 'not a smallint'
    WHEN NOT "price fits" THEN 'not a decimal(10,2)'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_no fits"
  AND "product fits"
  AND "line_no fits"
  AND "price fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."lines_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."lines"
WHERE "hk_order_no" IN (
  SELECT "hk_order_no"
  FROM "stage"."lines"
  GROUP BY "hk_order_no"
  HAVING COUNT(*) > 1
);
