-- stage orders: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "order_no" INTEGER NOT NULL,
  "country" VARCHAR(2) COLLATE "C",
  "customer_no" INTEGER,
  "voucher" VARCHAR(20) COLLATE "C",
  "note" VARCHAR(100) COLLATE "C",
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_no" UUID NOT NULL,
  "hk_country_customer_no" UUID,
  "hk_voucher" UUID,
  "hk_l_orders" UUID NOT NULL,
  "hk_l_uses" UUID,
  "hashdiff_s_orders" UUID NOT NULL,
  "hk_voucher_or_zero" UUID NOT NULL,
  "hashdiff_s_vouchers" UUID NOT NULL
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
  "country" TEXT COLLATE "C",
  "customer_no" TEXT COLLATE "C",
  "voucher" TEXT COLLATE "C",
  "note" TEXT COLLATE "C"
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
  "country",
  "customer_no",
  "voucher",
  "note",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_country_customer_no",
  "hk_voucher",
  "hk_l_orders",
  "hk_l_uses",
  "hashdiff_s_orders",
  "hk_voucher_or_zero",
  "hashdiff_s_vouchers"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_no", 'integer') THEN CAST(raw."order_no" AS INTEGER) END AS "order_no",
    raw."country" AS "country",
    raw."customer_no" AS "customer_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."customer_no", 'integer') THEN CAST(raw."customer_no" AS INTEGER) END AS "customer_no",
    raw."voucher" AS "voucher",
    raw."note" AS "note"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND (CAST("order_no" AS TEXT) = "order_no text" OR "order_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_no fits",
    "country" IS NULL OR LENGTH("country") <= 2 AS "country fits",
    "customer_no text" IS NULL OR "customer_no" IS NOT NULL AND (CAST("customer_no" AS TEXT) = "customer_no text" OR "customer_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "customer_no fits",
    "voucher" IS NULL OR LENGTH("voucher") <= 20 AS "voucher fits",
    "note" IS NULL OR LENGTH("note") <= 100 AS "note fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "order_no",
    "country",
    "customer_no",
    "voucher",
    "note",
    "row_no"
  FROM "checked"
  WHERE "order_no fits"
    AND "country fits"
    AND "customer_no fits"
    AND "voucher fits"
    AND "note fits"
)
SELECT
  "order_no",
  "country",
  "customer_no",
  "voucher",
  "note",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("order_no" AS TEXT))::UUID AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' OR "customer_no" IS NOT NULL THEN MD5(COALESCE((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("country", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '\N') || '|' || COALESCE(CAST("customer_no" AS TEXT), '\N'))::UUID END AS "hk_country_customer_no",
  CASE WHEN TRIM(BOTH ' ' FROM "voucher") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("voucher", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_voucher",
  MD5(CAST("order_no" AS TEXT) || '|' || CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' OR "customer_no" IS NOT NULL THEN COALESCE((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("country", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '\N') ELSE '\N' END || '|' || COALESCE(CAST("customer_no" AS TEXT), '\N') || '|' || CASE WHEN TRIM(BOTH ' ' FROM "voucher") <> '' THEN (REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("voucher", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") ELSE '\N' END)::UUID AS "hk_l_orders",
  CASE WHEN TRIM(BOTH ' ' FROM "voucher") <> '' OR (TRIM(BOTH ' ' FROM "country") <> '' OR "customer_no" IS NOT NULL) THEN MD5(CASE WHEN TRIM(BOTH ' ' FROM "voucher") <> '' THEN (REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("voucher", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") ELSE '\N' END || '|' || CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' OR "customer_no" IS NOT NULL THEN COALESCE((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("country", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '\N') ELSE '\N' END || '|' || COALESCE(CAST("customer_no" AS TEXT), '\N'))::UUID END AS "hk_l_uses",
  MD5(COALESCE('note=' || REPLACE(REPLACE("note", '\', '\\'), '|', '\|'), ''))::UUID AS "hashdiff_s_orders",
  CASE WHEN TRIM(BOTH ' ' FROM "voucher") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("voucher", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID ELSE '00000000000000000000000000000000'::UUID END AS "hk_voucher_or_zero",
  MD5(COALESCE('note=' || REPLACE(REPLACE("note", '\', '\\'), '|', '\|'), ''))::UUID AS "hashdiff_s_vouchers"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_no", 'integer') THEN CAST(raw."order_no" AS INTEGER) END AS "order_no",
    raw."country" AS "country",
    raw."customer_no" AS "customer_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."customer_no", 'integer') THEN CAST(raw."customer_no" AS INTEGER) END AS "customer_no",
    raw."voucher" AS "voucher",
    raw."note" AS "note"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND (CAST("order_no" AS TEXT) = "order_no text" OR "order_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_no fits",
    "country" IS NULL OR LENGTH("country") <= 2 AS "country fits",
    "customer_no text" IS NULL OR "customer_no" IS NOT NULL AND (CAST("customer_no" AS TEXT) = "customer_no text" OR "customer_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "customer_no fits",
    "voucher" IS NULL OR LENGTH("voucher") <= 20 AS "voucher fits",
    "note" IS NULL OR LENGTH("note") <= 100 AS "note fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_no fits" THEN 'order_no'
    WHEN NOT "country fits" THEN 'country'
    WHEN NOT "customer_no fits" THEN 'customer_no'
    WHEN NOT "voucher fits" THEN 'voucher'
    WHEN NOT "note fits" THEN 'note'
  END AS "column_name",
  CASE
    WHEN "order_no text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "order_no fits" THEN 'not an integer'
    WHEN NOT "country fits" THEN 'longer than 2 characters'
    WHEN NOT "customer_no fits" THEN 'not an integer'
    WHEN NOT "voucher fits" THEN 'longer than 20 characters'
    WHEN NOT "note fits" THEN 'longer than 100 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_no fits"
  AND "country fits"
  AND "customer_no fits"
  AND "voucher fits"
  AND "note fits")
ORDER BY "row_no";

ANALYZE "stage"."orders" ("load_dt", "hk_order_no", "hk_country_customer_no", "hk_voucher", "hk_l_orders", "hk_l_uses");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."orders_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."orders"
WHERE "hk_voucher" IN (
  SELECT "hk_voucher"
  FROM "stage"."orders"
  GROUP BY "hk_voucher"
  HAVING COUNT(*) > 1
)
UNION ALL
-- Rows without that key share the zero key, or a link's key that goes without.
SELECT "row_no"
FROM "stage"."orders"
WHERE "hk_voucher" IS NULL;
