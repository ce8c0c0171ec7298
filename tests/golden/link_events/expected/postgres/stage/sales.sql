-- stage sales: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."sales";

CREATE TABLE "stage"."sales" (
  "shop" INTEGER NOT NULL,
  "customer" INTEGER,
  "receipt" VARCHAR(20) COLLATE "C" NOT NULL,
  "sold_at" TIMESTAMP,
  "amount" DECIMAL(10, 2),
  "weight" DOUBLE PRECISION,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
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
DROP TABLE IF EXISTS pg_temp."raw_sales";

CREATE TEMPORARY TABLE "raw_sales" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "shop" TEXT COLLATE "C",
  "customer" TEXT COLLATE "C",
  "receipt" TEXT COLLATE "C",
  "sold_at" TEXT COLLATE "C",
  "amount" TEXT COLLATE "C",
  "weight" TEXT COLLATE "C"
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_sales") + 1 AS "row_no",
    raw."shop" AS "shop text",
    CASE WHEN PG_INPUT_IS_VALID(raw."shop", 'integer') THEN CAST(raw."shop" AS INTEGER) END AS "shop",
    raw."customer" AS "customer text",
    CASE WHEN PG_INPUT_IS_VALID(raw."customer", 'integer') THEN CAST(raw."customer" AS INTEGER) END AS "customer",
    raw."receipt" AS "receipt",
    raw."sold_at" AS "sold_at text",
    CASE WHEN PG_INPUT_IS_VALID(raw."sold_at", 'timestamp') THEN CAST(raw."sold_at" AS TIMESTAMP) END AS "sold_at",
    raw."amount" AS "amount text",
    CASE WHEN PG_INPUT_IS_VALID(raw."amount", 'decimal(10, 2)') THEN CAST(raw."amount" AS DECIMAL(10, 2)) END AS "amount",
    raw."weight" AS "weight text",
    CASE WHEN PG_INPUT_IS_VALID(raw."weight", 'double precision') THEN CAST(raw."weight" AS DOUBLE PRECISION) END AS "weight"
  FROM "raw_sales" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "shop text" IS NOT NULL AND "shop" IS NOT NULL AND (CAST("shop" AS TEXT) = "shop text" OR "shop text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "shop fits",
    "customer text" IS NULL OR "customer" IS NOT NULL AND (CAST("customer" AS TEXT) = "customer text" OR "customer text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "customer fits",
    "receipt" IS NOT NULL AND LENGTH("receipt") <= 20 AS "receipt fits",
    "sold_at text" IS NULL OR "sold_at" IS NOT NULL AND "sold_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("sold_at" AS TEXT) = "sold_at text" OR "sold_at text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "sold_at fits",
    "amount text" IS NULL OR "amount" IS NOT NULL AND "amount" < 'Infinity' AND (CAST("amount" AS TEXT) = "amount text" OR "amount text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)$') AS "amount fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND "weight text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*)$' AND ("weight" <> 0 OR "weight text" ~ '^([^1-9eE]*([eE].*)?)$') AS "weight fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("shop" AS TEXT))::UUID AS "hk_shop_no",
  CASE WHEN "customer" IS NOT NULL THEN MD5(CAST("customer" AS TEXT))::UUID END AS "hk_customer_no",
  CASE WHEN "customer" IS NOT NULL THEN MD5(CAST("shop" AS TEXT) || '|' || CAST("customer" AS TEXT) || '|' || (REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("receipt", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_l_sales"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_sales") + 1 AS "row_no",
    raw."shop" AS "shop text",
    CASE WHEN PG_INPUT_IS_VALID(raw."shop", 'integer') THEN CAST(raw."shop" AS INTEGER) END AS "shop",
    raw."customer" AS "customer text",
    CASE WHEN PG_INPUT_IS_VALID(raw."customer", 'integer') THEN CAST(raw."customer" AS INTEGER) END AS "customer",
    raw."receipt" AS "receipt",
    raw."sold_at" AS "sold_at text",
    CASE WHEN PG_INPUT_IS_VALID(raw."sold_at", 'timestamp') THEN CAST(raw."sold_at" AS TIMESTAMP) END AS "sold_at",
    raw."amount" AS "amount text",
    CASE WHEN PG_INPUT_IS_VALID(raw."amount", 'decimal(10, 2)') THEN CAST(raw."amount" AS DECIMAL(10, 2)) END AS "amount",
    raw."weight" AS "weight text",
    CASE WHEN PG_INPUT_IS_VALID(raw."weight", 'double precision') THEN CAST(raw."weight" AS DOUBLE PRECISION) END AS "weight"
  FROM "raw_sales" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "shop text" IS NOT NULL AND "shop" IS NOT NULL AND (CAST("shop" AS TEXT) = "shop text" OR "shop text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "shop fits",
    "customer text" IS NULL OR "customer" IS NOT NULL AND (CAST("customer" AS TEXT) = "customer text" OR "customer text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "customer fits",
    "receipt" IS NOT NULL AND LENGTH("receipt") <= 20 AS "receipt fits",
    "sold_at text" IS NULL OR "sold_at" IS NOT NULL AND "sold_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("sold_at" AS TEXT) = "sold_at text" OR "sold_at text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "sold_at fits",
    "amount text" IS NULL OR "amount" IS NOT NULL AND "amount" < 'Infinity' AND (CAST("amount" AS TEXT) = "amount text" OR "amount text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)$') AS "amount fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND "weight text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*)$' AND ("weight" <> 0 OR "weight text" ~ '^([^1-9eE]*([eE].*)?)$') AS "weight fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."sales" ("load_dt", "hk_shop_no", "hk_customer_no", "hk_l_sales");

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
