-- stage orders: rendered by dv-gen from metadata/model.yml:2.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "order_id" INTEGER NOT NULL,
  "customer" VARCHAR(20) COLLATE "C",
  "amount" DECIMAL(9, 2),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_id" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."orders_repeats";

CREATE TABLE "stage"."orders_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_orders";

CREATE TEMPORARY TABLE "raw_orders" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "order_id" TEXT COLLATE "C",
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."order_id" AS "order_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_id", 'integer') THEN CAST(raw."order_id" AS INTEGER) END AS "order_id",
    raw."customer" AS "customer",
    raw."amount" AS "amount text",
    CASE WHEN PG_INPUT_IS_VALID(raw."amount", 'decimal(9, 2)') THEN CAST(raw."amount" AS DECIMAL(9, 2)) END AS "amount"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_id text" IS NOT NULL AND "order_id" IS NOT NULL AND (CAST("order_id" AS TEXT) = "order_id text" OR "order_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_id fits",
    "customer" IS NULL OR LENGTH("customer") <= 20 AS "customer fits",
    "amount text" IS NULL OR "amount" IS NOT NULL AND "amount" < 'Infinity' AND (CAST("amount" AS TEXT) = "amount text" OR "amount text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)$') AS "amount fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("order_id" AS TEXT))::UUID AS "hk_order_id"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."order_id" AS "order_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_id", 'integer') THEN CAST(raw."order_id" AS INTEGER) END AS "order_id",
    raw."customer" AS "customer",
    raw."amount" AS "amount text",
    CASE WHEN PG_INPUT_IS_VALID(raw."amount", 'decimal(9, 2)') THEN CAST(raw."amount" AS DECIMAL(9, 2)) END AS "amount"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_id text" IS NOT NULL AND "order_id" IS NOT NULL AND (CAST("order_id" AS TEXT) = "order_id text" OR "order_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_id fits",
    "customer" IS NULL OR LENGTH("customer") <= 20 AS "customer fits",
    "amount text" IS NULL OR "amount" IS NOT NULL AND "amount" < 'Infinity' AND (CAST("amount" AS TEXT) = "amount text" OR "amount text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)$') AS "amount fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."orders" ("load_dt", "hk_order_id");

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
