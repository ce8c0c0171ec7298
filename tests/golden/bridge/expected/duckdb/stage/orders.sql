-- stage orders: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "order_no" INTEGER NOT NULL,
  "customer_no" INTEGER,
  "sold_by" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_no" UUID NOT NULL,
  "hk_customer_no" UUID,
  "hk_person_no" UUID,
  "hk_l_orders" UUID
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
  "sold_by" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_orders" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'order_no',
  'customer_no',
  'sold_by'
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
  "sold_by",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_customer_no",
  "hk_person_no",
  "hk_l_orders"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    TRY_CAST(raw."order_no" AS INTEGER) AS "order_no",
    raw."customer_no" AS "customer_no text",
    TRY_CAST(raw."customer_no" AS INTEGER) AS "customer_no",
    raw."sold_by" AS "sold_by text",
    TRY_CAST(raw."sold_by" AS INTEGER) AS "sold_by"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_no" AS VARCHAR) = "order_no text" THEN TRUE WHEN "order_no" IS NOT NULL THEN REGEXP_FULL_MATCH("order_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_no fits",
    CASE WHEN CAST("customer_no" AS VARCHAR) = "customer_no text" THEN TRUE WHEN "customer_no" IS NOT NULL THEN REGEXP_FULL_MATCH("customer_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "customer_no text" IS NULL END AS "customer_no fits",
    CASE WHEN CAST("sold_by" AS VARCHAR) = "sold_by text" THEN TRUE WHEN "sold_by" IS NOT NULL THEN REGEXP_FULL_MATCH("sold_by text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "sold_by text" IS NULL END AS "sold_by fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "order_no",
    "customer_no",
    "sold_by",
    "row_no"
  FROM "checked"
  WHERE "order_no fits"
    AND "customer_no fits"
    AND "sold_by fits"
)
SELECT
  "order_no",
  "customer_no",
  "sold_by",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("order_no" AS VARCHAR)))::UUID AS "hk_order_no",
  CASE WHEN "customer_no" IS NOT NULL THEN UNHEX(MD5(CAST("customer_no" AS VARCHAR)))::UUID END AS "hk_customer_no",
  CASE WHEN "sold_by" IS NOT NULL THEN UNHEX(MD5(CAST("sold_by" AS VARCHAR)))::UUID END AS "hk_person_no",
  CASE WHEN "customer_no" IS NOT NULL AND "sold_by" IS NOT NULL THEN UNHEX(MD5(CONCAT_WS('|', CAST("order_no" AS VARCHAR), CAST("customer_no" AS VARCHAR), CAST("sold_by" AS VARCHAR))))::UUID END AS "hk_l_orders"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    TRY_CAST(raw."order_no" AS INTEGER) AS "order_no",
    raw."customer_no" AS "customer_no text",
    TRY_CAST(raw."customer_no" AS INTEGER) AS "customer_no",
    raw."sold_by" AS "sold_by text",
    TRY_CAST(raw."sold_by" AS INTEGER) AS "sold_by"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_no" AS VARCHAR) = "order_no text" THEN TRUE WHEN "order_no" IS NOT NULL THEN REGEXP_FULL_MATCH("order_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_no fits",
    CASE WHEN CAST("customer_no" AS VARCHAR) = "customer_no text" THEN TRUE WHEN "customer_no" IS NOT NULL THEN REGEXP_FULL_MATCH("customer_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "customer_no text" IS NULL END AS "customer_no fits",
    CASE WHEN CAST("sold_by" AS VARCHAR) = "sold_by text" THEN TRUE WHEN "sold_by" IS NOT NULL THEN REGEXP_FULL_MATCH("sold_by text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "sold_by text" IS NULL END AS "sold_by fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_no fits" THEN 'order_no'
    WHEN NOT "customer_no fits" THEN 'customer_no'
    WHEN NOT "sold_by fits" THEN 'sold_by'
  END AS "column_name",
  CASE
    WHEN "order_no text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "order_no fits" THEN 'not an integer'
    WHEN NOT "customer_no fits" THEN 'not an integer'
    WHEN NOT "sold_by fits" THEN 'not an integer'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_no fits"
  AND "customer_no fits"
  AND "sold_by fits")
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
