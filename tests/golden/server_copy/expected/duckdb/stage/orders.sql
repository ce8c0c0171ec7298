-- stage orders: rendered by dv-gen from metadata/model.yml:2.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "order_id" INTEGER NOT NULL,
  "customer" VARCHAR(20),
  "amount" DECIMAL(9, 2),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_id" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."orders_repeats";

CREATE TABLE "stage"."orders_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_orders";

CREATE TEMPORARY TABLE "raw_orders" (
  "order_id" VARCHAR,
  "customer" VARCHAR,
  "amount" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_orders" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'order_id',
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
  "order_id",
  "customer",
  "amount",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_id"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."order_id" AS "order_id text",
    TRY_CAST(raw."order_id" AS INTEGER) AS "order_id",
    raw."customer" AS "customer",
    raw."amount" AS "amount text",
    TRY_CAST(raw."amount" AS DECIMAL(9, 2)) AS "amount"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_id" AS VARCHAR) = "order_id text" THEN TRUE WHEN "order_id" IS NOT NULL THEN REGEXP_FULL_MATCH("order_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_id fits",
    "customer" IS NULL OR LENGTH("customer") <= 20 AS "customer fits",
    CASE WHEN CAST("amount" AS VARCHAR) = "amount text" THEN TRUE WHEN "amount" IS NOT NULL THEN REGEXP_FULL_MATCH("amount text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*') ELSE "amount text" IS NULL END AS "amount fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "order_id",
    "customer",
    "amount",
    "row_no"
  FROM "checked"
  WHERE "order_id fits"
    AND "customer fits"
    AND "amount fits"
)
SELECT
  "order_id",
  "customer",
  "amount",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("order_id" AS VARCHAR)))::UUID AS "hk_order_id"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."order_id" AS "order_id text",
    TRY_CAST(raw."order_id" AS INTEGER) AS "order_id",
    raw."customer" AS "customer",
    raw."amount" AS "amount text",
    TRY_CAST(raw."amount" AS DECIMAL(9, 2)) AS "amount"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_id" AS VARCHAR) = "order_id text" THEN TRUE WHEN "order_id" IS NOT NULL THEN REGEXP_FULL_MATCH("order_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_id fits",
    "customer" IS NULL OR LENGTH("customer") <= 20 AS "customer fits",
    CASE WHEN CAST("amount" AS VARCHAR) = "amount text" THEN TRUE WHEN "amount" IS NOT NULL THEN REGEXP_FULL_MATCH("amount text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*') ELSE "amount text" IS NULL END AS "amount fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_id fits" THEN 'order_id'
    WHEN NOT "customer fits" THEN 'customer'
    WHEN NOT "amount fits" THEN 'amount'
  END AS "column_name",
  CASE
    WHEN "order_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "order_id fits" THEN 'not an integer'
    WHEN NOT "customer fits" THEN 'longer than 20 characters'
    WHEN NOT "amount fits" THEN 'not a decimal(9,2)'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_id fits"
  AND "customer fits"
  AND "amount fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."orders_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."orders"
WHERE "hk_order_id" IN (
  SELECT "hk_order_id"
  FROM "stage"."orders"
  GROUP BY "hk_order_id"
  HAVING COUNT(*) > 1
);
