-- stage old_lines: rendered by dv-gen from metadata/lines.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."old_lines" CASCADE;

CREATE TABLE "stage"."old_lines" (
  "order_text" VARCHAR(48),
  "product" VARCHAR(40),
  "line_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_order_no" VARBINARY(16),
  "hk_product_no" VARBINARY(16),
  "hk_l_lines" VARBINARY(16)
)
ORDER BY "hk_order_no"
SEGMENTED BY HASH("hk_order_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."old_lines_repeats" CASCADE;

CREATE TABLE "stage"."old_lines_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_old_lines";

CREATE LOCAL TEMPORARY TABLE "raw_old_lines" (
  "row_no" INTEGER NOT NULL,
  "order_text" VARCHAR(52),
  "product" VARCHAR(44),
  "line_no" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:old_lines')*/ "raw_old_lines" (
  "row_no",
  "order_text",
  "product",
  "line_no"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_old_lines_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:old_lines')*/ INTO "stage"."old_lines" (
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
SELECT
  "order_text",
  "product",
  "line_no",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "order_text") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("order_text", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "product") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("product", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_product_no",
  CASE WHEN TRIM(BOTH ' ' FROM "order_text") <> '' AND TRIM(BOTH ' ' FROM "product") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("order_text", '\', '\\'), '|', '\|'))), 'ß', 'ẞ') || '|' || REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("product", '\', '\\'), '|', '\|'))), 'ß', 'ẞ') || '|' || COALESCE(CAST("line_no" AS VARCHAR(11)), '\N'))) END AS "hk_l_lines"
FROM (
  SELECT
    "order_text",
    "product",
    "line_no",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "order_text" IS NULL OR CHARACTER_LENGTH("order_text") <= 12 AS "order_text fits",
      "product" IS NULL OR CHARACTER_LENGTH("product") <= 10 AS "product fits",
      "line_no text" IS NULL OR "line_no" IS NOT NULL AND "line_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("line_no" AS VARCHAR(11)) = "line_no text" OR REGEXP_LIKE("line_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "line_no fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."order_text", 2) AS "order_text",
        SUBSTR(raw."product", 2) AS "product",
        SUBSTR(raw."line_no", 2) AS "line_no text",
        SUBSTR(raw."line_no", 2)::!INTEGER AS "line_no"
      FROM "raw_old_lines" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "order_text fits"
    AND "product fits"
    AND "line_no fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."order_text", 2) AS "order_text",
    SUBSTR(raw."product", 2) AS "product",
    SUBSTR(raw."line_no", 2) AS "line_no text",
    SUBSTR(raw."line_no", 2)::!INTEGER AS "line_no"
  FROM "raw_old_lines" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "order_text" IS NULL OR CHARACTER_LENGTH("order_text") <= 12 AS "order_text fits",
    "product" IS NULL OR CHARACTER_LENGTH("product") <= 10 AS "product fits",
    "line_no text" IS NULL OR "line_no" IS NOT NULL AND "line_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("line_no" AS VARCHAR(11)) = "line_no text" OR REGEXP_LIKE("line_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "line_no fits"
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
INSERT /*+LABEL('dv_gen:old_lines')*/ INTO "stage"."old_lines_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."old_lines"
WHERE "hk_order_no" IN (
  SELECT "hk_order_no"
  FROM "stage"."old_lines"
  GROUP BY "hk_order_no"
  HAVING COUNT(*) > 1
);
