-- stage orders: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "order_no" INTEGER NOT NULL,
  "customer_no" INTEGER,
  "sold_by" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
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
DROP TABLE IF EXISTS pg_temp."raw_orders";

CREATE TEMPORARY TABLE "raw_orders" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "order_no" TEXT COLLATE "C",
  "customer_no" TEXT COLLATE "C",
  "sold_by" TEXT COLLATE "C"
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_no", 'integer') THEN CAST(raw."order_no" AS INTEGER) END AS "order_no",
    raw."customer_no" AS "customer_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."customer_no", 'integer') THEN CAST(raw."customer_no" AS INTEGER) END AS "customer_no",
    raw."sold_by" AS "sold_by text",
    CASE WHEN PG_INPUT_IS_VALID(raw."sold_by", 'integer') THEN CAST(raw."sold_by" AS INTEGER) END AS "sold_by"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND (CAST("order_no" AS TEXT) = "order_no text" OR "order_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_no fits",
    "customer_no text" IS NULL OR "customer_no" IS NOT NULL AND (CAST("customer_no" AS TEXT) = "customer_no text" OR "customer_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "customer_no fits",
    "sold_by text" IS NULL OR "sold_by" IS NOT NULL AND (CAST("sold_by" AS TEXT) = "sold_by text" OR "sold_by text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "sold_by fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("order_no" AS TEXT))::UUID AS "hk_order_no",
  CASE WHEN "customer_no" IS NOT NULL THEN MD5(CAST("customer_no" AS TEXT))::UUID END AS "hk_customer_no",
  CASE WHEN "sold_by" IS NOT NULL THEN MD5(CAST("sold_by" AS TEXT))::UUID END AS "hk_person_no",
  CASE WHEN "customer_no" IS NOT NULL AND "sold_by" IS NOT NULL THEN MD5(CAST("order_no" AS TEXT) || '|' || CAST("customer_no" AS TEXT) || '|' || CAST("sold_by" AS TEXT))::UUID END AS "hk_l_orders"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_no", 'integer') THEN CAST(raw."order_no" AS INTEGER) END AS "order_no",
    raw."customer_no" AS "customer_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."customer_no", 'integer') THEN CAST(raw."customer_no" AS INTEGER) END AS "customer_no",
    raw."sold_by" AS "sold_by text",
    CASE WHEN PG_INPUT_IS_VALID(raw."sold_by", 'integer') THEN CAST(raw."sold_by" AS INTEGER) END AS "sold_by"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND (CAST("order_no" AS TEXT) = "order_no text" OR "order_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_no fits",
    "customer_no text" IS NULL OR "customer_no" IS NOT NULL AND (CAST("customer_no" AS TEXT) = "customer_no text" OR "customer_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "customer_no fits",
    "sold_by text" IS NULL OR "sold_by" IS NOT NULL AND (CAST("sold_by" AS TEXT) = "sold_by text" OR "sold_by text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "sold_by fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."orders" ("load_dt", "hk_order_no", "hk_customer_no", "hk_person_no", "hk_l_orders");

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
