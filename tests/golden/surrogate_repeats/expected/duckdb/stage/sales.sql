-- stage sales: rendered by dv-gen from metadata/sales.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."sales";

CREATE TABLE "stage"."sales" (
  "shop" INTEGER NOT NULL,
  "sold" TIMESTAMP,
  "amount" DECIMAL(12, 3),
  "note" VARCHAR(50),
  "sale_id" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
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
DROP TABLE IF EXISTS temp."raw_sales";

CREATE TEMPORARY TABLE "raw_sales" (
  "shop" VARCHAR,
  "sold" VARCHAR,
  "amount" VARCHAR,
  "note" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_sales" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'shop',
  'sold',
  'amount',
  'note'
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
    rowid - (SELECT MIN(rowid) FROM "raw_sales") + 1 AS "row_no",
    raw."shop" AS "shop text",
    TRY_CAST(raw."shop" AS INTEGER) AS "shop",
    raw."sold" AS "sold text",
    TRY_CAST(raw."sold" AS TIMESTAMP) AS "sold",
    raw."amount" AS "amount text",
    TRY_CAST(raw."amount" AS DECIMAL(12, 3)) AS "amount",
    raw."note" AS "note"
  FROM "raw_sales" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("shop" AS VARCHAR) = "shop text" THEN TRUE WHEN "shop" IS NOT NULL THEN REGEXP_FULL_MATCH("shop text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "shop fits",
    CASE WHEN CAST("sold" AS VARCHAR) = "sold text" AND "sold" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "sold" IS NOT NULL AND "sold" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("sold text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "sold text" IS NULL END AS "sold fits",
    CASE WHEN CAST("amount" AS VARCHAR) = "amount text" THEN TRUE WHEN "amount" IS NOT NULL THEN REGEXP_FULL_MATCH("amount text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,3}0*)?|\.[0-9]{1,3}0*)[ ]*') ELSE "amount text" IS NULL END AS "amount fits",
    "note" IS NULL OR LENGTH("note") <= 50 AS "note fits"
  FROM "typed" AS typed
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
    MD5(CONCAT_WS('|', CAST("shop" AS VARCHAR), COALESCE(CAST("sold" AS VARCHAR), '\N'), COALESCE(REGEXP_REPLACE(CAST("amount" AS VARCHAR), '[.]?0+$', ''), '\N'), COALESCE(CASE WHEN CONTAINS("note", '\') OR CONTAINS("note", '|') THEN REPLACE(REPLACE("note", '\', '\\'), '|', '\|') ELSE "note" END, '\N')) || CASE WHEN "occurrence no" > 1 THEN '|' || CAST("occurrence no" AS VARCHAR) ELSE '' END) AS "sale_id text"
  FROM "numbered" AS numbered
)
SELECT
  "shop",
  "sold",
  "amount",
  "note",
  UNHEX("sale_id text")::UUID AS "sale_id",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5("sale_id text"))::UUID AS "hk_sale_id",
  UNHEX(MD5(CAST("shop" AS VARCHAR)))::UUID AS "hk_shop_no",
  UNHEX(MD5(CONCAT_WS('|', "sale_id text", CAST("shop" AS VARCHAR))))::UUID AS "hk_l_sales_shops",
  UNHEX(MD5(CONCAT_WS(
    '|',
    'amount=' || REGEXP_REPLACE(CAST("amount" AS VARCHAR), '[.]?0+$', ''),
    'note=' || CASE WHEN CONTAINS("note", '\') OR CONTAINS("note", '|') THEN REPLACE(REPLACE("note", '\', '\\'), '|', '\|') ELSE "note" END,
    'sold=' || CAST("sold" AS VARCHAR)
  )))::UUID AS "hashdiff_s_sales"
FROM "identified";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_sales") + 1 AS "row_no",
    raw."shop" AS "shop text",
    TRY_CAST(raw."shop" AS INTEGER) AS "shop",
    raw."sold" AS "sold text",
    TRY_CAST(raw."sold" AS TIMESTAMP) AS "sold",
    raw."amount" AS "amount text",
    TRY_CAST(raw."amount" AS DECIMAL(12, 3)) AS "amount",
    raw."note" AS "note"
  FROM "raw_sales" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("shop" AS VARCHAR) = "shop text" THEN TRUE WHEN "shop" IS NOT NULL THEN REGEXP_FULL_MATCH("shop text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "shop fits",
    CASE WHEN CAST("sold" AS VARCHAR) = "sold text" AND "sold" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "sold" IS NOT NULL AND "sold" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("sold text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "sold text" IS NULL END AS "sold fits",
    CASE WHEN CAST("amount" AS VARCHAR) = "amount text" THEN TRUE WHEN "amount" IS NOT NULL THEN REGEXP_FULL_MATCH("amount text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,3}0*)?|\.[0-9]{1,3}0*)[ ]*') ELSE "amount text" IS NULL END AS "amount fits",
    "note" IS NULL OR LENGTH("note") <= 50 AS "note fits"
  FROM "typed" AS typed
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
