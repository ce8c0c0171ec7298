-- stage shop_fr: rendered by dv-gen from metadata/model.yml:10.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."shop_fr";

CREATE TABLE "stage"."shop_fr" (
  "order_no" INTEGER,
  "customer" INTEGER,
  "h_orders_shop" SMALLINT NOT NULL,
  "h_customers_country" VARCHAR(3) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_shop_order_no" UUID,
  "hk_country_customer_no" UUID,
  "hk_l_orders" UUID
);

DROP TABLE IF EXISTS "stage"."shop_fr_repeats";

CREATE TABLE "stage"."shop_fr_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_shop_fr";

CREATE TEMPORARY TABLE "raw_shop_fr" (
  "order_no" VARCHAR,
  "customer" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_shop_fr" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'order_no',
  'customer'
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
INSERT INTO "stage"."shop_fr" (
  "order_no",
  "customer",
  "h_orders_shop",
  "h_customers_country",
  "load_dt",
  "load_src",
  "row_no",
  "hk_shop_order_no",
  "hk_country_customer_no",
  "hk_l_orders"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_shop_fr") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    TRY_CAST(raw."order_no" AS INTEGER) AS "order_no",
    raw."customer" AS "customer text",
    TRY_CAST(raw."customer" AS INTEGER) AS "customer"
  FROM "raw_shop_fr" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_no" AS VARCHAR) = "order_no text" THEN TRUE WHEN "order_no" IS NOT NULL THEN REGEXP_FULL_MATCH("order_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "order_no text" IS NULL END AS "order_no fits",
    CASE WHEN CAST("customer" AS VARCHAR) = "customer text" THEN TRUE WHEN "customer" IS NOT NULL THEN REGEXP_FULL_MATCH("customer text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "customer text" IS NULL END AS "customer fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "order_no",
    "customer",
    "row_no"
  FROM "checked"
  WHERE "order_no fits"
    AND "customer fits"
),
"derived" AS (
  SELECT
    fitting.*,
    CAST(33 AS SMALLINT) AS "h_orders_shop",
    CAST('FR' AS VARCHAR(3)) AS "h_customers_country"
  FROM "fitting" AS fitting
)
SELECT
  "order_no",
  "customer",
  "h_orders_shop",
  "h_customers_country",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CASE WHEN "order_no" IS NOT NULL THEN UNHEX(MD5(CONCAT_WS('|', CAST("h_orders_shop" AS VARCHAR), COALESCE(CAST(CAST("order_no" AS BIGINT) AS VARCHAR), '\N'))))::UUID END AS "hk_shop_order_no",
  CASE WHEN "customer" IS NOT NULL THEN UNHEX(MD5(CONCAT_WS('|', UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("h_customers_country", '\') OR CONTAINS("h_customers_country", '|') THEN REPLACE(REPLACE("h_customers_country", '\', '\\'), '|', '\|') ELSE "h_customers_country" END)), COALESCE(CAST("customer" AS VARCHAR), '\N'))))::UUID END AS "hk_country_customer_no",
  CASE WHEN ("order_no" IS NOT NULL) AND ("customer" IS NOT NULL) THEN UNHEX(MD5(CONCAT_WS('|', CAST("h_orders_shop" AS VARCHAR), COALESCE(CAST(CAST("order_no" AS BIGINT) AS VARCHAR), '\N'), UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("h_customers_country", '\') OR CONTAINS("h_customers_country", '|') THEN REPLACE(REPLACE("h_customers_country", '\', '\\'), '|', '\|') ELSE "h_customers_country" END)), COALESCE(CAST("customer" AS VARCHAR), '\N'))))::UUID END AS "hk_l_orders"
FROM "derived";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_shop_fr") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    TRY_CAST(raw."order_no" AS INTEGER) AS "order_no",
    raw."customer" AS "customer text",
    TRY_CAST(raw."customer" AS INTEGER) AS "customer"
  FROM "raw_shop_fr" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_no" AS VARCHAR) = "order_no text" THEN TRUE WHEN "order_no" IS NOT NULL THEN REGEXP_FULL_MATCH("order_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "order_no text" IS NULL END AS "order_no fits",
    CASE WHEN CAST("customer" AS VARCHAR) = "customer text" THEN TRUE WHEN "customer" IS NOT NULL THEN REGEXP_FULL_MATCH("customer text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "customer text" IS NULL END AS "customer fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_no fits" THEN 'order_no'
    WHEN NOT "customer fits" THEN 'customer'
  END AS "column_name",
  CASE
    WHEN NOT "order_no fits" THEN 'not an integer'
    WHEN NOT "customer fits" THEN 'not an integer'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_no fits"
  AND "customer fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."shop_fr_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."shop_fr"
WHERE "hk_shop_order_no" IN (
  SELECT "hk_shop_order_no"
  FROM "stage"."shop_fr"
  GROUP BY "hk_shop_order_no"
  HAVING COUNT(*) > 1
);
