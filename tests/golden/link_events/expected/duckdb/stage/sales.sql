-- stage sales: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."sales";

CREATE TABLE "stage"."sales" (
  "shop" INTEGER NOT NULL,
  "customer" INTEGER,
  "receipt" VARCHAR(20) NOT NULL,
  "sold_at" TIMESTAMP,
  "amount" DECIMAL(10, 2),
  "weight" DOUBLE,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_shop_no" UUID NOT NULL,
  "hk_customer_no" UUID,
  "hk_l_sales" UUID
);

DROP TABLE IF EXISTS "stage"."sales_repeats";

CREATE TABLE "stage"."sales_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_sales";

CREATE TEMPORARY TABLE "raw_sales" (
  "shop" VARCHAR,
  "customer" VARCHAR,
  "receipt" VARCHAR,
  "sold_at" VARCHAR,
  "amount" VARCHAR,
  "weight" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_sales" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'shop',
  'customer',
  'receipt',
  'sold_at',
  'amount',
  'weight'
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
  "customer",
  "receipt",
  "sold_at",
  "amount",
  "weight",
  "load_dt",
  "load_src",
  "row_no",
  "hk_shop_no",
  "hk_customer_no",
  "hk_l_sales"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_sales") + 1 AS "row_no",
    raw."shop" AS "shop text",
    TRY_CAST(raw."shop" AS INTEGER) AS "shop",
    raw."customer" AS "customer text",
    TRY_CAST(raw."customer" AS INTEGER) AS "customer",
    raw."receipt" AS "receipt",
    raw."sold_at" AS "sold_at text",
    TRY_CAST(raw."sold_at" AS TIMESTAMP) AS "sold_at",
    raw."amount" AS "amount text",
    TRY_CAST(raw."amount" AS DECIMAL(10, 2)) AS "amount",
    raw."weight" AS "weight text",
    TRY_CAST(raw."weight" AS DOUBLE) AS "weight"
  FROM "raw_sales" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("shop" AS VARCHAR) = "shop text" THEN TRUE WHEN "shop" IS NOT NULL THEN REGEXP_FULL_MATCH("shop text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "shop fits",
    CASE WHEN CAST("customer" AS VARCHAR) = "customer text" THEN TRUE WHEN "customer" IS NOT NULL THEN REGEXP_FULL_MATCH("customer text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "customer text" IS NULL END AS "customer fits",
    "receipt" IS NOT NULL AND LENGTH("receipt") <= 20 AS "receipt fits",
    CASE WHEN CAST("sold_at" AS VARCHAR) = "sold_at text" AND "sold_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "sold_at" IS NOT NULL AND "sold_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("sold_at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "sold_at text" IS NULL END AS "sold_at fits",
    CASE WHEN CAST("amount" AS VARCHAR) = "amount text" THEN TRUE WHEN "amount" IS NOT NULL THEN REGEXP_FULL_MATCH("amount text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*') ELSE "amount text" IS NULL END AS "amount fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_FULL_MATCH("weight text", '[ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*') AND ("weight" <> 0 OR REGEXP_FULL_MATCH("weight text", '[^1-9eE]*([eE].*)?')) AS "weight fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "shop",
    "customer",
    "receipt",
    "sold_at",
    "amount",
    "weight",
    "row_no"
  FROM "checked"
  WHERE "shop fits"
    AND "customer fits"
    AND "receipt fits"
    AND "sold_at fits"
    AND "amount fits"
    AND "weight fits"
)
SELECT
  "shop",
  "customer",
  "receipt",
  "sold_at",
  "amount",
  "weight",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("shop" AS VARCHAR)))::UUID AS "hk_shop_no",
  CASE WHEN "customer" IS NOT NULL THEN UNHEX(MD5(CAST("customer" AS VARCHAR)))::UUID END AS "hk_customer_no",
  CASE WHEN "customer" IS NOT NULL THEN UNHEX(MD5(CONCAT_WS('|', CAST("shop" AS VARCHAR), CAST("customer" AS VARCHAR), UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("receipt", '\') OR CONTAINS("receipt", '|') THEN REPLACE(REPLACE("receipt", '\', '\\'), '|', '\|') ELSE "receipt" END)))))::UUID END AS "hk_l_sales"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_sales") + 1 AS "row_no",
    raw."shop" AS "shop text",
    TRY_CAST(raw."shop" AS INTEGER) AS "shop",
    raw."customer" AS "customer text",
    TRY_CAST(raw."customer" AS INTEGER) AS "customer",
    raw."receipt" AS "receipt",
    raw."sold_at" AS "sold_at text",
    TRY_CAST(raw."sold_at" AS TIMESTAMP) AS "sold_at",
    raw."amount" AS "amount text",
    TRY_CAST(raw."amount" AS DECIMAL(10, 2)) AS "amount",
    raw."weight" AS "weight text",
    TRY_CAST(raw."weight" AS DOUBLE) AS "weight"
  FROM "raw_sales" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("shop" AS VARCHAR) = "shop text" THEN TRUE WHEN "shop" IS NOT NULL THEN REGEXP_FULL_MATCH("shop text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "shop fits",
    CASE WHEN CAST("customer" AS VARCHAR) = "customer text" THEN TRUE WHEN "customer" IS NOT NULL THEN REGEXP_FULL_MATCH("customer text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "customer text" IS NULL END AS "customer fits",
    "receipt" IS NOT NULL AND LENGTH("receipt") <= 20 AS "receipt fits",
    CASE WHEN CAST("sold_at" AS VARCHAR) = "sold_at text" AND "sold_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "sold_at" IS NOT NULL AND "sold_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("sold_at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "sold_at text" IS NULL END AS "sold_at fits",
    CASE WHEN CAST("amount" AS VARCHAR) = "amount text" THEN TRUE WHEN "amount" IS NOT NULL THEN REGEXP_FULL_MATCH("amount text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*') ELSE "amount text" IS NULL END AS "amount fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_FULL_MATCH("weight text", '[ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*') AND ("weight" <> 0 OR REGEXP_FULL_MATCH("weight text", '[^1-9eE]*([eE].*)?')) AS "weight fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "shop fits" THEN 'shop'
    WHEN NOT "customer fits" THEN 'customer'
    WHEN NOT "receipt fits" THEN 'receipt'
    WHEN NOT "sold_at fits" THEN 'sold_at'
    WHEN NOT "amount fits" THEN 'amount'
    WHEN NOT "weight fits" THEN 'weight'
  END AS "column_name",
  CASE
    WHEN "shop text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "shop fits" THEN 'not an integer'
    WHEN NOT "customer fits" THEN 'not an integer'
    WHEN "receipt" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "receipt fits" THEN 'longer than 20 characters'
    WHEN NOT "sold_at fits" THEN 'not a timestamp'
    WHEN NOT "amount fits" THEN 'not a decimal(10,2)'
    WHEN NOT "weight fits" THEN 'not a double'
  END AS "reason"
FROM "checked"
WHERE NOT ("shop fits"
  AND "customer fits"
  AND "receipt fits"
  AND "sold_at fits"
  AND "amount fits"
  AND "weight fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."sales_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."sales"
WHERE "hk_shop_no" IN (
  SELECT "hk_shop_no"
  FROM "stage"."sales"
  GROUP BY "hk_shop_no"
  HAVING COUNT(*) > 1
);
