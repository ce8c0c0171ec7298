-- stage lines: rendered by dv-gen from metadata/model.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."lines" CASCADE;

CREATE TABLE "stage"."lines" (
  "order_no" INTEGER NOT NULL,
  "product" VARCHAR(80) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_order_no" VARBINARY(16) NOT NULL,
  "hk_product" VARBINARY(16),
  "hk_l_lines" VARBINARY(16)
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
  "product" VARCHAR(84)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:lines')*/ "raw_lines" (
  "row_no",
  "order_no",
  "product"
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
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_product",
  "hk_l_lines"
)
SELECT
  "order_no",
  "product",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("order_no" AS VARCHAR(11)))) AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "product") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("product", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_product",
  CASE WHEN TRIM(BOTH ' ' FROM "product") <> '' THEN HEX_TO_BINARY(MD5(CAST("order_no" AS VARCHAR(11)) || '|' || REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("product", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_l_lines"
FROM (
  SELECT
    "order_no",
    "product",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND "order_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_no" AS VARCHAR(11)) = "order_no text" OR REGEXP_LIKE("order_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_no fits",
      "product" IS NOT NULL AND CHARACTER_LENGTH("product") <= 20 AS "product fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."order_no", 2) AS "order_no text",
        SUBSTR(raw."order_no", 2)::!INTEGER AS "order_no",
        SUBSTR(raw."product", 2) AS "product"
      FROM "raw_lines" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "order_no fits"
    AND "product fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."order_no", 2) AS "order_no text",
    SUBSTR(raw."order_no", 2)::!INTEGER AS "order_no",
    SUBSTR(raw."product", 2) AS "product"
  FROM "raw_lines" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND "order_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_no" AS VARCHAR(11)) = "order_no text" OR REGEXP_LIKE("order_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_no fits",
    "product" IS NOT NULL AND CHARACTER_LENGTH("product") <= 20 AS "product fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_no fits" THEN 'order_no'
    WHEN NOT "product fits" THEN 'product'
  END AS "column_name",
  CASE
    WHEN "order_no text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "order_no fits" THEN 'not an integer'
    WHEN "product" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "product fits" THEN 'longer than 20 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_no fits"
  AND "product fits")
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
