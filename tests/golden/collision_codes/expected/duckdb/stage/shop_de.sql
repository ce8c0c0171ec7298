-- stage shop_de: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."shop_de";

CREATE TABLE "stage"."shop_de" (
  "order_no" INTEGER NOT NULL,
  "customer" VARCHAR(20),
  "gift_for" VARCHAR(20),
  "h_orders_shop" SMALLINT NOT NULL,
  "h_customers_country" VARCHAR(3) NOT NULL,
  "h_customers_recipient_country" VARCHAR(3) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_shop_order_no" UUID NOT NULL,
  "hk_country_customer_no" UUID,
  "hk_country_customer_no_recipient" UUID,
  "hk_l_orders" UUID,
  "hk_l_gifts" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."shop_de_repeats";

CREATE TABLE "stage"."shop_de_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_shop_de";

CREATE TEMPORARY TABLE "raw_shop_de" (
  "order_no" VARCHAR,
  "customer" VARCHAR,
  "gift_for" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_shop_de" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'order_no',
  'customer',
  'gift_for'
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
INSERT INTO "stage"."shop_de" (
  "order_no",
  "customer",
  "gift_for",
  "h_orders_shop",
  "h_customers_country",
  "h_customers_recipient_country",
  "load_dt",
  "load_src",
  "row_no",
  "hk_shop_order_no",
  "hk_country_customer_no",
  "hk_country_customer_no_recipient",
  "hk_l_orders",
  "hk_l_gifts"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_shop_de") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    TRY_CAST(raw."order_no" AS INTEGER) AS "order_no",
    raw."customer" AS "customer",
    raw."gift_for" AS "gift_for"
  FROM "raw_shop_de" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_no" AS VARCHAR) = "order_no text" THEN TRUE WHEN "order_no" IS NOT NULL THEN REGEXP_FULL_MATCH("order_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_no fits",
    "customer" IS NULL OR LENGTH("customer") <= 20 AS "customer fits",
    "gift_for" IS NULL OR LENGTH("gift_for") <= 20 AS "gift_for fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "order_no",
    "customer",
    "gift_for",
    "row_no"
  FROM "checked"
  WHERE "order_no fits"
    AND "customer fits"
    AND "gift_for fits"
),
"derived" AS (
  SELECT
    fitting.*,
    CAST(49 AS SMALLINT) AS "h_orders_shop",
    CAST('DE' AS VARCHAR(3)) AS "h_customers_country",
    CAST('DE' AS VARCHAR(3)) AS "h_customers_recipient_country"
  FROM "fitting" AS fitting
)
SELECT
  "order_no",
  "customer",
  "gift_for",
  "h_orders_shop",
  "h_customers_country",
  "h_customers_recipient_country",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CONCAT_WS('|', CAST("h_orders_shop" AS VARCHAR), CAST(CAST("order_no" AS BIGINT) AS VARCHAR))))::UUID AS "hk_shop_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer") <> '' THEN UNHEX(MD5(CONCAT_WS('|', UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("h_customers_country", '\') OR CONTAINS("h_customers_country", '|') THEN REPLACE(REPLACE("h_customers_country", '\', '\\'), '|', '\|') ELSE "h_customers_country" END)), COALESCE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("customer", '\') OR CONTAINS("customer", '|') THEN REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') ELSE "customer" END)), '\N'))))::UUID END AS "hk_country_customer_no",
  CASE WHEN TRIM(BOTH ' ' FROM "gift_for") <> '' THEN UNHEX(MD5(CONCAT_WS('|', UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("h_customers_recipient_country", '\') OR CONTAINS("h_customers_recipient_country", '|') THEN REPLACE(REPLACE("h_customers_recipient_country", '\', '\\'), '|', '\|') ELSE "h_customers_recipient_country" END)), COALESCE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("gift_for", '\') OR CONTAINS("gift_for", '|') THEN REPLACE(REPLACE("gift_for", '\', '\\'), '|', '\|') ELSE "gift_for" END)), '\N'))))::UUID END AS "hk_country_customer_no_recipient",
  CASE WHEN (TRIM(BOTH ' ' FROM "customer") <> '') THEN UNHEX(MD5(CONCAT_WS('|', CAST("h_orders_shop" AS VARCHAR), CAST(CAST("order_no" AS BIGINT) AS VARCHAR), UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("h_customers_country", '\') OR CONTAINS("h_customers_country", '|') THEN REPLACE(REPLACE("h_customers_country", '\', '\\'), '|', '\|') ELSE "h_customers_country" END)), COALESCE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("customer", '\') OR CONTAINS("customer", '|') THEN REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') ELSE "customer" END)), '\N'))))::UUID END AS "hk_l_orders",
  UNHEX(MD5(CONCAT_WS('|', CAST("h_orders_shop" AS VARCHAR), CAST(CAST("order_no" AS BIGINT) AS VARCHAR), CASE WHEN TRIM(BOTH ' ' FROM "gift_for") <> '' THEN UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("h_customers_recipient_country", '\') OR CONTAINS("h_customers_recipient_country", '|') THEN REPLACE(REPLACE("h_customers_recipient_country", '\', '\\'), '|', '\|') ELSE "h_customers_recipient_country" END)) ELSE '\N' END, CASE WHEN TRIM(BOTH ' ' FROM "gift_for") <> '' THEN COALESCE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("gift_for", '\') OR CONTAINS("gift_for", '|') THEN REPLACE(REPLACE("gift_for", '\', '\\'), '|', '\|') ELSE "gift_for" END)), '\N') ELSE '\N' END)))::UUID AS "hk_l_gifts"
FROM "derived";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_shop_de") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    TRY_CAST(raw."order_no" AS INTEGER) AS "order_no",
    raw."customer" AS "customer",
    raw."gift_for" AS "gift_for"
  FROM "raw_shop_de" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_no" AS VARCHAR) = "order_no text" THEN TRUE WHEN "order_no" IS NOT NULL THEN REGEXP_FULL_MATCH("order_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_no fits",
    "customer" IS NULL OR LENGTH("customer") <= 20 AS "customer fits",
    "gift_for" IS NULL OR LENGTH("gift_for") <= 20 AS "gift_for fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_no fits" THEN 'order_no'
    WHEN NOT "customer fits" THEN 'customer'
    WHEN NOT "gift_for fits" THEN 'gift_for'
  END AS "column_name",
  CASE
    WHEN "order_no text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "order_no fits" THEN 'not an integer'
    WHEN NOT "customer fits" THEN 'longer than 20 characters'
    WHEN NOT "gift_for fits" THEN 'longer than 20 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_no fits"
  AND "customer fits"
  AND "gift_for fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."shop_de_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."shop_de"
WHERE "hk_shop_order_no" IN (
  SELECT "hk_shop_order_no"
  FROM "stage"."shop_de"
  GROUP BY "hk_shop_order_no"
  HAVING COUNT(*) > 1
);
