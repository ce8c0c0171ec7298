-- stage shop_fr: rendered by dv-gen from metadata/model.yml:10.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."shop_fr";

CREATE TABLE "stage"."shop_fr" (
  "order_no" INTEGER,
  "customer" INTEGER,
  "h_orders_shop" SMALLINT NOT NULL,
  "h_customers_country" VARCHAR(3) COLLATE "C" NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
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
DROP TABLE IF EXISTS pg_temp."raw_shop_fr";

CREATE TEMPORARY TABLE "raw_shop_fr" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "order_no" TEXT COLLATE "C",
  "customer" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_shop_fr";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_shop_fr" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_shop_fr") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_no", 'integer') THEN CAST(raw."order_no" AS INTEGER) END AS "order_no",
    raw."customer" AS "customer text",
    CASE WHEN PG_INPUT_IS_VALID(raw."customer", 'integer') THEN CAST(raw."customer" AS INTEGER) END AS "customer"
  FROM "raw_shop_fr" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NULL OR "order_no" IS NOT NULL AND (CAST("order_no" AS TEXT) = "order_no text" OR "order_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_no fits",
    "customer text" IS NULL OR "customer" IS NOT NULL AND (CAST("customer" AS TEXT) = "customer text" OR "customer text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "customer fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN "order_no" IS NOT NULL THEN MD5(CAST("h_orders_shop" AS TEXT) || '|' || COALESCE(CAST(CAST("order_no" AS BIGINT) AS TEXT), '\N'))::UUID END AS "hk_shop_order_no",
  CASE WHEN "customer" IS NOT NULL THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("h_customers_country", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") || '|' || COALESCE(CAST("customer" AS TEXT), '\N'))::UUID END AS "hk_country_customer_no",
  CASE WHEN ("order_no" IS NOT NULL) AND ("customer" IS NOT NULL) THEN MD5(CAST("h_orders_shop" AS TEXT) || '|' || COALESCE(CAST(CAST("order_no" AS BIGINT) AS TEXT), '\N') || '|' || (REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("h_customers_country", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") || '|' || COALESCE(CAST("customer" AS TEXT), '\N'))::UUID END AS "hk_l_orders"
FROM "derived";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_shop_fr") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_no", 'integer') THEN CAST(raw."order_no" AS INTEGER) END AS "order_no",
    raw."customer" AS "customer text",
    CASE WHEN PG_INPUT_IS_VALID(raw."customer", 'integer') THEN CAST(raw."customer" AS INTEGER) END AS "customer"
  FROM "raw_shop_fr" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NULL OR "order_no" IS NOT NULL AND (CAST("order_no" AS TEXT) = "order_no text" OR "order_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_no fits",
    "customer text" IS NULL OR "customer" IS NOT NULL AND (CAST("customer" AS TEXT) = "customer text" OR "customer text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "customer fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."shop_fr" ("load_dt", "hk_shop_order_no", "hk_country_customer_no", "hk_l_orders");

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
