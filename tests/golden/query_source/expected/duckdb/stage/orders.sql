-- stage orders: rendered by dv-gen from metadata/customers.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "order_no" VARCHAR(10) NOT NULL,
  "customer" VARCHAR(10) NOT NULL,
  "amount" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_no" UUID,
  "hk_customer" UUID,
  "hk_l_orders" UUID,
  "hashdiff_s_orders" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."orders_repeats";

CREATE TABLE "stage"."orders_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_orders";

CREATE TEMPORARY TABLE "raw_orders" (
  "order_no" VARCHAR,
  "customer" VARCHAR,
  "amount" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_orders" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'order_no',
  'customer',
  'amount'
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
INSERT INTO "stage"."orders" (
  "order_no",
  "customer",
  "amount",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_customer",
  "hk_l_orders",
  "hashdiff_s_orders"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no",
    raw."customer" AS "customer",
    raw."amount" AS "amount text",
    TRY_CAST(raw."amount" AS INTEGER) AS "amount"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "order_no" IS NOT NULL AND LENGTH("order_no") <= 10 AS "order_no fits",
    "customer" IS NOT NULL AND LENGTH("customer") <= 10 AS "customer fits",
    CASE WHEN CAST("amount" AS VARCHAR) = "amount text" THEN TRUE WHEN "amount" IS NOT NULL THEN REGEXP_FULL_MATCH("amount text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "amount text" IS NULL END AS "amount fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "order_no",
    "customer",
    "amount",
    "row_no"
  FROM "checked"
  WHERE "order_no fits"
    AND "customer fits"
    AND "amount fits"
)
SELECT
  "order_no",
  "customer",
  "amount",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "order_no") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("order_no", '\') OR CONTAINS("order_no", '|') THEN REPLACE(REPLACE("order_no", '\', '\\'), '|', '\|') ELSE "order_no" END))))::UUID END AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("customer", '\') OR CONTAINS("customer", '|') THEN REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') ELSE "customer" END))))::UUID END AS "hk_customer",
  CASE WHEN TRIM(BOTH ' ' FROM "order_no") <> '' AND TRIM(BOTH ' ' FROM "customer") <> '' THEN UNHEX(MD5(CONCAT_WS('|', UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("order_no", '\') OR CONTAINS("order_no", '|') THEN REPLACE(REPLACE("order_no", '\', '\\'), '|', '\|') ELSE "order_no" END)), UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("customer", '\') OR CONTAINS("customer", '|') THEN REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') ELSE "customer" END)))))::UUID END AS "hk_l_orders",
  UNHEX(MD5(COALESCE('amount=' || CAST("amount" AS VARCHAR), '')))::UUID AS "hashdiff_s_orders"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no",
    raw."customer" AS "customer",
    raw."amount" AS "amount text",
    TRY_CAST(raw."amount" AS INTEGER) AS "amount"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "order_no" IS NOT NULL AND LENGTH("order_no") <= 10 AS "order_no fits",
    "customer" IS NOT NULL AND LENGTH("customer") <= 10 AS "customer fits",
    CASE WHEN CAST("amount" AS VARCHAR) = "amount text" THEN TRUE WHEN "amount" IS NOT NULL THEN REGEXP_FULL_MATCH("amount text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "amount text" IS NULL END AS "amount fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_no fits" THEN 'order_no'
    WHEN NOT "customer fits" THEN 'customer'
    WHEN NOT "amount fits" THEN 'amount'
  END AS "column_name",
  CASE
    WHEN "order_no" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "order_no fits" THEN 'longer than 10 characters'
    WHEN "customer" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "customer fits" THEN 'longer than 10 characters'
    WHEN NOT "amount fits" THEN 'not an integer'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_no fits"
  AND "customer fits"
  AND "amount fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."orders_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."orders"
WHERE "hk_order_no" IN (
  SELECT "hk_order_no"
  FROM "stage"."orders"
  GROUP BY "hk_order_no"
  HAVING COUNT(*) > 1
);
