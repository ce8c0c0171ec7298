-- stage orders: rendered by dv-gen from metadata/orders.yml:4.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "order_no" INTEGER NOT NULL,
  "customer_no" VARCHAR(20),
  "changed_at" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_no" UUID NOT NULL,
  "hk_customer_no" UUID,
  "hk_l_orders_customers" UUID
);

DROP TABLE IF EXISTS "stage"."orders_repeats";

CREATE TABLE "stage"."orders_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_orders";

CREATE TEMPORARY TABLE "raw_orders" (
  "order_no" VARCHAR,
  "customer_no" VARCHAR,
  "changed_at" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_orders" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'order_no',
  'customer_no',
  'changed_at'
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
  "customer_no",
  "changed_at",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_customer_no",
  "hk_l_orders_customers"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    TRY_CAST(raw."order_no" AS INTEGER) AS "order_no",
    raw."customer_no" AS "customer_no",
    raw."changed_at" AS "changed_at text",
    TRY_CAST(raw."changed_at" AS TIMESTAMP) AS "changed_at"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_no" AS VARCHAR) = "order_no text" THEN TRUE WHEN "order_no" IS NOT NULL THEN REGEXP_FULL_MATCH("order_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_no fits",
    "customer_no" IS NULL OR LENGTH("customer_no") <= 20 AS "customer_no fits",
    CASE WHEN CAST("changed_at" AS VARCHAR) = "changed_at text" AND "changed_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "changed_at" IS NOT NULL AND "changed_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("changed_at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "changed_at text" IS NULL END AS "changed_at fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "order_no",
    "customer_no",
    "changed_at",
    "row_no"
  FROM "checked"
  WHERE "order_no fits"
    AND "customer_no fits"
    AND "changed_at fits"
)
SELECT
  "order_no",
  "customer_no",
  "changed_at",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("order_no" AS VARCHAR)))::UUID AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer_no") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("customer_no", '\') OR CONTAINS("customer_no", '|') THEN REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|') ELSE "customer_no" END))))::UUID END AS "hk_customer_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer_no") <> '' THEN UNHEX(MD5(CONCAT_WS('|', CAST("order_no" AS VARCHAR), UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("customer_no", '\') OR CONTAINS("customer_no", '|') THEN REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|') ELSE "customer_no" END)))))::UUID END AS "hk_l_orders_customers"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    TRY_CAST(raw."order_no" AS INTEGER) AS "order_no",
    raw."customer_no" AS "customer_no",
    raw."changed_at" AS "changed_at text",
    TRY_CAST(raw."changed_at" AS TIMESTAMP) AS "changed_at"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_no" AS VARCHAR) = "order_no text" THEN TRUE WHEN "order_no" IS NOT NULL THEN REGEXP_FULL_MATCH("order_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_no fits",
    "customer_no" IS NULL OR LENGTH("customer_no") <= 20 AS "customer_no fits",
    CASE WHEN CAST("changed_at" AS VARCHAR) = "changed_at text" AND "changed_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "changed_at" IS NOT NULL AND "changed_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("changed_at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "changed_at text" IS NULL END AS "changed_at fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_no fits" THEN 'order_no'
    WHEN NOT "customer_no fits" THEN 'customer_no'
    WHEN NOT "changed_at fits" THEN 'changed_at'
  END AS "column_name",
  CASE
    WHEN "order_no text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "order_no fits" THEN 'not an integer'
    WHEN NOT "customer_no fits" THEN 'longer than 20 characters'
    WHEN NOT "changed_at fits" THEN 'not a timestamp'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_no fits"
  AND "customer_no fits"
  AND "changed_at fits")
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
