-- stage shop_de: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."shop_de";

CREATE TABLE "stage"."shop_de" (
  "order_no" INTEGER NOT NULL,
  "customer" VARCHAR(20) COLLATE "C",
  "gift_for" VARCHAR(20) COLLATE "C",
  "h_orders_shop" SMALLINT NOT NULL,
  "h_customers_country" VARCHAR(3) COLLATE "C" NOT NULL,
  "h_customers_recipient_country" VARCHAR(3) COLLATE "C" NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
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
DROP TABLE IF EXISTS pg_temp."raw_shop_de";

CREATE TEMPORARY TABLE "raw_shop_de" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "order_no" TEXT COLLATE "C",
  "customer" TEXT COLLATE "C",
  "gift_for" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_shop_de";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_shop_de" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_shop_de") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_no", 'integer') THEN CAST(raw."order_no" AS INTEGER) END AS "order_no",
    raw."customer" AS "customer",
    raw."gift_for" AS "gift_for"
  FROM "raw_shop_de" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND (CAST("order_no" AS TEXT) = "order_no text" OR "order_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_no fits",
    "customer" IS NULL OR LENGTH("customer") <= 20 AS "customer fits",
    "gift_for" IS NULL OR LENGTH("gift_for") <= 20 AS "gift_for fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("h_orders_shop" AS TEXT) || '|' || CAST(CAST("order_no" AS BIGINT) AS TEXT))::UUID AS "hk_shop_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("h_customers_country", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") || '|' || COALESCE((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '\N'))::UUID END AS "hk_country_customer_no",
  CASE WHEN TRIM(BOTH ' ' FROM "gift_for") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("h_customers_recipient_country", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") || '|' || COALESCE((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("gift_for", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '\N'))::UUID END AS "hk_country_customer_no_recipient",
  CASE WHEN (TRIM(BOTH ' ' FROM "customer") <> '') THEN MD5(CAST("h_orders_shop" AS TEXT) || '|' || CAST(CAST("order_no" AS BIGINT) AS TEXT) || '|' || (REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("h_customers_country", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") || '|' || COALESCE((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '\N'))::UUID END AS "hk_l_orders",
  MD5(CAST("h_orders_shop" AS TEXT) || '|' || CAST(CAST("order_no" AS BIGINT) AS TEXT) || '|' || CASE WHEN TRIM(BOTH ' ' FROM "gift_for") <> '' THEN (REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("h_customers_recipient_country", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") ELSE '\N' END || '|' || CASE WHEN TRIM(BOTH ' ' FROM "gift_for") <> '' THEN COALESCE((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("gift_for", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '\N') ELSE '\N' END)::UUID AS "hk_l_gifts"
FROM "derived";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_shop_de") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_no", 'integer') THEN CAST(raw."order_no" AS INTEGER) END AS "order_no",
    raw."customer" AS "customer",
    raw."gift_for" AS "gift_for"
  FROM "raw_shop_de" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND (CAST("order_no" AS TEXT) = "order_no text" OR "order_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_no fits",
    "customer" IS NULL OR LENGTH("customer") <= 20 AS "customer fits",
    "gift_for" IS NULL OR LENGTH("gift_for") <= 20 AS "gift_for fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."shop_de" ("load_dt", "hk_shop_order_no", "hk_country_customer_no", "hk_country_customer_no_recipient", "hk_l_orders", "hk_l_gifts");

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
