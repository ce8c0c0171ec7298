-- stage sales: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."sales" CASCADE;

CREATE TABLE "stage"."sales" (
  "shop" INTEGER NOT NULL,
  "customer" INTEGER,
  "receipt" VARCHAR(80) NOT NULL,
  "sold_at" TIMESTAMP,
  "amount" DECIMAL(10, 2),
  "weight" DOUBLE PRECISION,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_shop_no" VARBINARY(16) NOT NULL,
  "hk_customer_no" VARBINARY(16),
  "hk_l_sales" VARBINARY(16)
)
ORDER BY "hk_shop_no"
SEGMENTED BY HASH("hk_shop_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."sales_repeats" CASCADE;

CREATE TABLE "stage"."sales_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_sales";

CREATE LOCAL TEMPORARY TABLE "raw_sales" (
  "row_no" INTEGER NOT NULL,
  "shop" VARCHAR(404),
  "customer" VARCHAR(404),
  "receipt" VARCHAR(84),
  "sold_at" VARCHAR(404),
  "amount" VARCHAR(404),
  "weight" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:sales')*/ "raw_sales" (
  "row_no",
  "shop",
  "customer",
  "receipt",
  "sold_at",
  "amount",
  "weight"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_sales_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:sales')*/ INTO "stage"."sales" (
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
SELECT
  "shop",
  "customer",
  "receipt",
  "sold_at",
  "amount",
  "weight",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("shop" AS VARCHAR(11)))) AS "hk_shop_no",
  CASE WHEN "customer" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("customer" AS VARCHAR(11)))) END AS "hk_customer_no",
  CASE WHEN "customer" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("shop" AS VARCHAR(11)) || '|' || CAST("customer" AS VARCHAR(11)) || '|' || REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("receipt", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_l_sales"
FROM (
  SELECT
    "shop",
    "customer",
    "receipt",
    "sold_at",
    "amount",
    "weight",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "shop text" IS NOT NULL AND "shop" IS NOT NULL AND "shop" BETWEEN -2147483648 AND 2147483647 AND (CAST("shop" AS VARCHAR(11)) = "shop text" OR REGEXP_LIKE("shop text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "shop fits",
      "customer text" IS NULL OR "customer" IS NOT NULL AND "customer" BETWEEN -2147483648 AND 2147483647 AND (CAST("customer" AS VARCHAR(11)) = "customer text" OR REGEXP_LIKE("customer text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "customer fits",
      "receipt" IS NOT NULL AND CHARACTER_LENGTH("receipt") <= 20 AS "receipt fits",
      "sold_at text" IS NULL OR "sold_at" IS NOT NULL AND "sold_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("sold_at" AS VARCHAR(26)) = "sold_at text" OR REGEXP_LIKE("sold_at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "sold_at fits",
      "amount text" IS NULL OR "amount" IS NOT NULL AND (CAST("amount" AS VARCHAR(12)) = "amount text" OR REGEXP_LIKE("amount text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)\z')) AS "amount fits",
      "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_LIKE("weight text", '^([ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*)\z') AND ("weight" <> 0 OR REGEXP_LIKE("weight text", '^([^1-9eE]*([eE].*)?)\z')) AS "weight fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."shop", 2) AS "shop text",
        SUBSTR(raw."shop", 2)::!INTEGER AS "shop",
        SUBSTR(raw."customer", 2) AS "customer text",
        SUBSTR(raw."customer", 2)::!INTEGER AS "customer",
        SUBSTR(raw."receipt", 2) AS "receipt",
        SUBSTR(raw."sold_at", 2) AS "sold_at text",
        SUBSTR(raw."sold_at", 2)::!TIMESTAMP AS "sold_at",
        SUBSTR(raw."amount", 2) AS "amount text",
        SUBSTR(raw."amount", 2)::!DECIMAL(10, 2) AS "amount",
        SUBSTR(raw."weight", 2) AS "weight text",
        SUBSTR(raw."weight", 2)::!DOUBLE PRECISION AS "weight"
      FROM "raw_sales" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "shop fits"
    AND "customer fits"
    AND "receipt fits"
    AND "sold_at fits"
    AND "amount fits"
    AND "weight fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."shop", 2) AS "shop text",
    SUBSTR(raw."shop", 2)::!INTEGER AS "shop",
    SUBSTR(raw."customer", 2) AS "customer text",
    SUBSTR(raw."customer", 2)::!INTEGER AS "customer",
    SUBSTR(raw."receipt", 2) AS "receipt",
    SUBSTR(raw."sold_at", 2) AS "sold_at text",
    SUBSTR(raw."sold_at", 2)::!TIMESTAMP AS "sold_at",
    SUBSTR(raw."amount", 2) AS "amount text",
    SUBSTR(raw."amount", 2)::!DECIMAL(10, 2) AS "amount",
    SUBSTR(raw."weight", 2) AS "weight text",
    SUBSTR(raw."weight", 2)::!DOUBLE PRECISION AS "weight"
  FROM "raw_sales" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "shop text" IS NOT NULL AND "shop" IS NOT NULL AND "shop" BETWEEN -2147483648 AND 2147483647 AND (CAST("shop" AS VARCHAR(11)) = "shop text" OR REGEXP_LIKE("shop text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "shop fits",
    "customer text" IS NULL OR "customer" IS NOT NULL AND "customer" BETWEEN -2147483648 AND 2147483647 AND (CAST("customer" AS VARCHAR(11)) = "customer text" OR REGEXP_LIKE("customer text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "customer fits",
    "receipt" IS NOT NULL AND CHARACTER_LENGTH("receipt") <= 20 AS "receipt fits",
    "sold_at text" IS NULL OR "sold_at" IS NOT NULL AND "sold_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("sold_at" AS VARCHAR(26)) = "sold_at text" OR REGEXP_LIKE("sold_at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "sold_at fits",
    "amount text" IS NULL OR "amount" IS NOT NULL AND (CAST("amount" AS VARCHAR(12)) = "amount text" OR REGEXP_LIKE("amount text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)\z')) AS "amount fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_LIKE("weight text", '^([ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*)\z') AND ("weight" <> 0 OR REGEXP_LIKE("weight text", '^([^1-9eE]*([eE].*)?)\z')) AS "weight fits"
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
INSERT /*+LABEL('dv_gen:sales')*/ INTO "stage"."sales_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."sales"
WHERE "hk_shop_no" IN (
  SELECT "hk_shop_no"
  FROM "stage"."sales"
  GROUP BY "hk_shop_no"
  HAVING COUNT(*) > 1
);
