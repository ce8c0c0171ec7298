-- stage old_lines: rendered by dv-gen from metadata/lines.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."old_lines";

CREATE TABLE "stage"."old_lines" (
  "order_text" VARCHAR(12) COLLATE "C",
  "product" VARCHAR(10) COLLATE "C",
  "line_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
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
DROP TABLE IF EXISTS pg_temp."raw_old_lines";

CREATE TEMPORARY TABLE "raw_old_lines" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "order_text" TEXT COLLATE "C",
  "product" TEXT COLLATE "C",
  "line_no" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_old_lines";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_old_lines" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_old_lines") + 1 AS "row_no",
    raw."order_text" AS "order_text",
    raw."product" AS "product",
    raw."line_no" AS "line_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."line_no", 'integer') THEN CAST(raw."line_no" AS INTEGER) END AS "line_no"
  FROM "raw_old_lines" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_text" IS NULL OR LENGTH("order_text") <= 12 AS "order_text fits",
    "product" IS NULL OR LENGTH("product") <= 10 AS "product fits",
    "line_no text" IS NULL OR "line_no" IS NOT NULL AND (CAST("line_no" AS TEXT) = "line_no text" OR "line_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "line_no fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "order_text") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("order_text", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "product") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("product", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_product_no",
  CASE WHEN TRIM(BOTH ' ' FROM "order_text") <> '' AND TRIM(BOTH ' ' FROM "product") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("order_text", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") || '|' || (REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("product", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") || '|' || COALESCE(CAST("line_no" AS TEXT), '\N'))::UUID END AS "hk_l_lines"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_old_lines") + 1 AS "row_no",
    raw."order_text" AS "order_text",
    raw."product" AS "product",
    raw."line_no" AS "line_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."line_no", 'integer') THEN CAST(raw."line_no" AS INTEGER) END AS "line_no"
  FROM "raw_old_lines" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_text" IS NULL OR LENGTH("order_text") <= 12 AS "order_text fits",
    "product" IS NULL OR LENGTH("product") <= 10 AS "product fits",
    "line_no text" IS NULL OR "line_no" IS NOT NULL AND (CAST("line_no" AS TEXT) = "line_no text" OR "line_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "line_no fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."old_lines" ("load_dt", "hk_order_no", "hk_product_no", "hk_l_lines");

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
