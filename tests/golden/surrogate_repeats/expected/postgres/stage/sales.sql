-- stage sales: rendered by dv-gen from metadata/sales.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."sales";

CREATE TABLE "stage"."sales" (
  "shop" INTEGER NOT NULL,
  "sold" TIMESTAMP,
  "amount" DECIMAL(12, 3),
  "note" VARCHAR(50) COLLATE "C",
  "sale_id" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_sale_id" UUID NOT NULL,
  "hk_shop_no" UUID NOT NULL,
  "hk_l_sales_shops" UUID NOT NULL,
  "hashdiff_s_sales" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."sales_repeats";

CREATE TABLE "stage"."sales_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_sales";

CREATE TEMPORARY TABLE "raw_sales" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "shop" TEXT COLLATE "C",
  "sold" TEXT COLLATE "C",
  "amount" TEXT COLLATE "C",
  "note" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_sales";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_sales" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."sales" (
  "shop",
  "sold",
  "amount",
  "note",
  "sale_id",
  "load_dt",
  "load_src",
  "row_no",
  "hk_sale_id",
  "hk_shop_no",
  "hk_l_sales_shops",
  "hashdiff_s_sales"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_sales") + 1 AS "row_no",
    raw."shop" AS "shop text",
    CASE WHEN PG_INPUT_IS_VALID(raw."shop", 'integer') THEN CAST(raw."shop" AS INTEGER) END AS "shop",
    raw."sold" AS "sold text",
    CASE WHEN PG_INPUT_IS_VALID(raw."sold", 'timestamp') THEN CAST(raw."sold" AS TIMESTAMP) END AS "sold",
    raw."amount" AS "amount text",
    CASE WHEN PG_INPUT_IS_VALID(raw."amount", 'decimal(12, 3)') THEN CAST(raw."amount" AS DECIMAL(12, 3)) END AS "amount",
    raw."note" AS "note"
  FROM "raw_sales" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "shop text" IS NOT NULL AND "shop" IS NOT NULL AND (CAST("shop" AS TEXT) = "shop text" OR "shop text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "shop fits",
    "sold text" IS NULL OR "sold" IS NOT NULL AND "sold" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("sold" AS TEXT) = "sold text" OR "sold text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "sold fits",
    "amount text" IS NULL OR "amount" IS NOT NULL AND "amount" < 'Infinity' AND (CAST("amount" AS TEXT) = "amount text" OR "amount text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,3}0*)?|\.[0-9]{1,3}0*)[ ]*)$') AS "amount fits",
    "note" IS NULL OR LENGTH("note") <= 50 AS "note fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "shop",
    "sold",
    "amount",
    "note",
    "row_no"
  FROM "checked"
  WHERE "shop fits"
    AND "sold fits"
    AND "amount fits"
    AND "note fits"
),
"numbered" AS (
  SELECT
    fitting.*,
    ROW_NUMBER() OVER (
      PARTITION BY "shop", "sold", "amount", "note"
      ORDER BY "row_no"
    ) AS "occurrence no"
  FROM "fitting" AS fitting
),
"identified" AS (
  SELECT
    numbered.*,
    MD5(CAST("shop" AS TEXT) || '|' || COALESCE(CAST("sold" AS TEXT), '\N') || '|' || COALESCE(CAST(TRIM_SCALE("amount") AS TEXT), '\N') || '|' || COALESCE(REPLACE(REPLACE("note", '\', '\\'), '|', '\|'), '\N') || CASE WHEN "occurrence no" > 1 THEN '|' || CAST("occurrence no" AS TEXT) ELSE '' END) AS "sale_id text"
  FROM "numbered" AS numbered
  OFFSET 0
)
SELECT
  "shop",
  "sold",
  "amount",
  "note",
  "sale_id text"::UUID AS "sale_id",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5("sale_id text")::UUID AS "hk_sale_id",
  MD5(CAST("shop" AS TEXT))::UUID AS "hk_shop_no",
  MD5("sale_id text" || '|' || CAST("shop" AS TEXT))::UUID AS "hk_l_sales_shops",
  MD5(CONCAT_WS(
    '|',
    'amount=' || CAST(TRIM_SCALE("amount") AS TEXT),
    'note=' || REPLACE(REPLACE("note", '\', '\\'), '|', '\|'),
    'sold=' || CAST("sold" AS TEXT)
  ))::UUID AS "hashdiff_s_sales"
FROM "identified";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_sales") + 1 AS "row_no",
    raw."shop" AS "shop text",
    CASE WHEN PG_INPUT_IS_VALID(raw."shop", 'integer') THEN CAST(raw."shop" AS INTEGER) END AS "shop",
    raw."sold" AS "sold text",
    CASE WHEN PG_INPUT_IS_VALID(raw."sold", 'timestamp') THEN CAST(raw."sold" AS TIMESTAMP) END AS "sold",
    raw."amount" AS "amount text",
    CASE WHEN PG_INPUT_IS_VALID(raw."amount", 'decimal(12, 3)') THEN CAST(raw."amount" AS DECIMAL(12, 3)) END AS "amount",
    raw."note" AS "note"
  FROM "raw_sales" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "shop text" IS NOT NULL AND "shop" IS NOT NULL AND (CAST("shop" AS TEXT) = "shop text" OR "shop text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "shop fits",
    "sold text" IS NULL OR "sold" IS NOT NULL AND "sold" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("sold" AS TEXT) = "sold text" OR "sold text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "sold fits",
    "amount text" IS NULL OR "amount" IS NOT NULL AND "amount" < 'Infinity' AND (CAST("amount" AS TEXT) = "amount text" OR "amount text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,3}0*)?|\.[0-9]{1,3}0*)[ ]*)$') AS "amount fits",
    "note" IS NULL OR LENGTH("note") <= 50 AS "note fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "shop fits" THEN 'shop'
    WHEN NOT "sold fits" THEN 'sold'
    WHEN NOT "amount fits" THEN 'amount'
    WHEN NOT "note fits" THEN 'note'
  END AS "column_name",
  CASE
    WHEN "shop text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "shop fits" THEN 'not an integer'
    WHEN NOT "sold fits" THEN 'not a timestamp'
    WHEN NOT "amount fits" THEN 'not a decimal(12,3)'
    WHEN NOT "note fits" THEN 'longer than 50 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("shop fits"
  AND "sold fits"
  AND "amount fits"
  AND "note fits")
ORDER BY "row_no";

ANALYZE "stage"."sales" ("load_dt", "hk_sale_id", "hk_shop_no", "hk_l_sales_shops");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."sales_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."sales"
WHERE "hk_sale_id" IN (
  SELECT "hk_sale_id"
  FROM "stage"."sales"
  GROUP BY "hk_sale_id"
  HAVING COUNT(*) > 1
);
