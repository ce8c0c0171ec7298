-- stage lines: rendered by dv-gen from metadata/lines.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."lines" CASCADE;

CREATE TABLE "stage"."lines" (
  "order_no" INTEGER NOT NULL,
  "product" VARCHAR(80),
  "line_no" INTEGER NOT NULL,
  "price" DECIMAL(10, 2),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_order_no" VARBINARY(16) NOT NULL,
  "hk_product_no" VARBINARY(16),
  "hk_l_lines" VARBINARY(16),
  "hashdiff_s_lines" VARBINARY(16) NOT NULL
)
ORDER BY "hk_order_no"
SEGMENTED BY HASH("hk_order_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."lines_repeats" CASCADE;

CREATE TABLE "stage"."lines_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_lines";

CREATE LOCAL TEMPORARY TABLE "raw_lines" (
  "row_no" INTEGER NOT NULL,
  "order_no" VARCHAR(404),
  "product" VARCHAR(84),
  "line_no" VARCHAR(404),
  "price" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:lines')*/ "raw_lines" (
  "row_no",
  "order_no",
  "product",
  "line_no",
  "price"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_lines_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:lines')*/ INTO "stage"."lines" (
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
SELECT
  "order_no",
  "product",
  "line_no",
  "price",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("order_no" AS VARCHAR(11)))) AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "product") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("product", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_product_no",
  CASE WHEN TRIM(BOTH ' ' FROM "product") <> '' THEN HEX_TO_BINARY(MD5(CAST("order_no" AS VARCHAR(11)) || '|' || REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("product", '\', '\\'), '|', '\|'))), 'ß', 'ẞ') || '|' || CAST(CAST("line_no" AS INTEGER) AS VARCHAR(11)))) END AS "hk_l_lines",
  HEX_TO_BINARY(MD5(COALESCE('price=' || RTRIM(RTRIM(CAST("price" AS VARCHAR(12)), '0'), '.'), ''))) AS "hashdiff_s_lines"
FROM (
  SELECT
    "order_no",
    "product",
    "line_no",
    "price",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND "order_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_no" AS VARCHAR(11)) = "order_no text" OR REGEXP_LIKE("order_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_no fits",
      "product" IS NULL OR CHARACTER_LENGTH("product") <= 20 AS "product fits",
      "line_no text" IS NOT NULL AND "line_no" IS NOT NULL AND "line_no" BETWEEN -32768 AND 32767 AND (CAST("line_no" AS VARCHAR(6)) = "line_no text" OR REGEXP_LIKE("line_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "line_no fits",
      "price text" IS NULL OR "price" IS NOT NULL AND (CAST("price" AS VARCHAR(12)) = "price text" OR REGEXP_LIKE("price text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)\z')) AS "price fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."order_no", 2) AS "order_no text",
        SUBSTR(raw."order_no", 2)::!INTEGER AS "order_no",
        SUBSTR(raw."product", 2) AS "product",
        SUBSTR(raw."line_no", 2) AS "line_no text",
        SUBSTR(raw."line_no", 2)::!INTEGER AS "line_no",
        SUBSTR(raw."price", 2) AS "price text",
        SUBSTR(raw."price", 2)::!DECIMAL(10, 2) AS "price"
      FROM "raw_lines" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "order_no fits"
    AND "product fits"
    AND "line_no fits"
    AND "price fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."order_no", 2) AS "order_no text",
    SUBSTR(raw."order_no", 2)::!INTEGER AS "order_no",
    SUBSTR(raw."product", 2) AS "product",
    SUBSTR(raw."line_no", 2) AS "line_no text",
    SUBSTR(raw."line_no", 2)::!INTEGER AS "line_no",
    SUBSTR(raw."price", 2) AS "price text",
    SUBSTR(raw."price", 2)::!DECIMAL(10, 2) AS "price"
  FROM "raw_lines" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND "order_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_no" AS VARCHAR(11)) = "order_no text" OR REGEXP_LIKE("order_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_no fits",
    "product" IS NULL OR CHARACTER_LENGTH("product") <= 20 AS "product fits",
    "line_no text" IS NOT NULL AND "line_no" IS NOT NULL AND "line_no" BETWEEN -32768 AND 32767 AND (CAST("line_no" AS VARCHAR(6)) = "line_no text" OR REGEXP_LIKE("line_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "line_no fits",
    "price text" IS NULL OR "price" IS NOT NULL AND (CAST("price" AS VARCHAR(12)) = "price text" OR REGEXP_LIKE("price text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)\z')) AS "price fits"
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
INSERT /*+LABEL('dv_gen:lines')*/ INTO "stage"."lines_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."lines"
WHERE "hk_order_no" IN (
  SELECT "hk_order_no"
  FROM "stage"."lines"
  GROUP BY "hk_order_no"
  HAVING COUNT(*) > 1
);
