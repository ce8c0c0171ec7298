-- stage lines: rendered by dv-gen from metadata/model.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."lines";

CREATE TABLE "stage"."lines" (
  "order_no" INTEGER NOT NULL,
  "product" VARCHAR(20) COLLATE "C" NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_no" UUID NOT NULL,
  "hk_product" UUID,
  "hk_l_lines" UUID
);

DROP TABLE IF EXISTS "stage"."lines_repeats";

CREATE TABLE "stage"."lines_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_lines";

CREATE TEMPORARY TABLE "raw_lines" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "order_no" TEXT COLLATE "C",
  "product" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_lines";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_lines" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."lines" (
  "order_no",
  "product",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_product",
  "hk_l_lines"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_lines") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_no", 'integer') THEN CAST(raw."order_no" AS INTEGER) END AS "order_no",
    raw."product" AS "product"
  FROM "raw_lines" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND (CAST("order_no" AS TEXT) = "order_no text" OR "order_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_no fits",
    "product" IS NOT NULL AND LENGTH("product") <= 20 AS "product fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "order_no",
    "product",
    "row_no"
  FROM "checked"
  WHERE "order_no fits"
    AND "product fits"
)
SELECT
  "order_no",
  "product",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("order_no" AS TEXT))::UUID AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "product") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("product", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_product",
  CASE WHEN TRIM(BOTH ' ' FROM "product") <> '' THEN MD5(CAST("order_no" AS TEXT) || '|' || (REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("product", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_l_lines"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_lines") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_no", 'integer') THEN CAST(raw."order_no" AS INTEGER) END AS "order_no",
    raw."product" AS "product"
  FROM "raw_lines" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND (CAST("order_no" AS TEXT) = "order_no text" OR "order_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_no fits",
    "product" IS NOT NULL AND LENGTH("product") <= 20 AS "product fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."lines" ("load_dt", "hk_order_no", "hk_product", "hk_l_lines");

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
