-- stage orders: rendered by dv-gen from metadata/customers.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "order_no" VARCHAR(10) COLLATE "C" NOT NULL,
  "customer" VARCHAR(10) COLLATE "C" NOT NULL,
  "amount" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
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
DROP TABLE IF EXISTS pg_temp."raw_orders";

CREATE TEMPORARY TABLE "raw_orders" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "order_no" TEXT COLLATE "C",
  "customer" TEXT COLLATE "C",
  "amount" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_orders";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_orders" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no",
    raw."customer" AS "customer",
    raw."amount" AS "amount text",
    CASE WHEN PG_INPUT_IS_VALID(raw."amount", 'integer') THEN CAST(raw."amount" AS INTEGER) END AS "amount"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_no" IS NOT NULL AND LENGTH("order_no") <= 10 AS "order_no fits",
    "customer" IS NOT NULL AND LENGTH("customer") <= 10 AS "customer fits",
    "amount text" IS NULL OR "amount" IS NOT NULL AND (CAST("amount" AS TEXT) = "amount text" OR "amount text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "amount fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "order_no") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("order_no", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_customer",
  CASE WHEN TRIM(BOTH ' ' FROM "order_no") <> '' AND TRIM(BOTH ' ' FROM "customer") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("order_no", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") || '|' || (REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_l_orders",
  MD5(COALESCE('amount=' || CAST("amount" AS TEXT), ''))::UUID AS "hashdiff_s_orders"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no",
    raw."customer" AS "customer",
    raw."amount" AS "amount text",
    CASE WHEN PG_INPUT_IS_VALID(raw."amount", 'integer') THEN CAST(raw."amount" AS INTEGER) END AS "amount"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_no" IS NOT NULL AND LENGTH("order_no") <= 10 AS "order_no fits",
    "customer" IS NOT NULL AND LENGTH("customer") <= 10 AS "customer fits",
    "amount text" IS NULL OR "amount" IS NOT NULL AND (CAST("amount" AS TEXT) = "amount text" OR "amount text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "amount fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."orders" ("load_dt", "hk_order_no", "hk_customer", "hk_l_orders");

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
