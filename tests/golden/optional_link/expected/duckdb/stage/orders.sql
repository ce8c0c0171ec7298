-- stage orders: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "order_no" INTEGER NOT NULL,
  "country" VARCHAR(2),
  "customer_no" INTEGER,
  "voucher" VARCHAR(20),
  "note" VARCHAR(100),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
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
DROP TABLE IF EXISTS temp."raw_orders";

CREATE TEMPORARY TABLE "raw_orders" (
  "order_no" VARCHAR,
  "country" VARCHAR,
  "customer_no" VARCHAR,
  "voucher" VARCHAR,
  "note" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_orders" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'order_no',
  'country',
  'customer_no',
  'voucher',
  'note'
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
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    TRY_CAST(raw."order_no" AS INTEGER) AS "order_no",
    raw."country" AS "country",
    raw."customer_no" AS "customer_no text",
    TRY_CAST(raw."customer_no" AS INTEGER) AS "customer_no",
    raw."voucher" AS "voucher",
    raw."note" AS "note"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_no" AS VARCHAR) = "order_no text" THEN TRUE WHEN "order_no" IS NOT NULL THEN REGEXP_FULL_MATCH("order_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_no fits",
    "country" IS NULL OR LENGTH("country") <= 2 AS "country fits",
    CASE WHEN CAST("customer_no" AS VARCHAR) = "customer_no text" THEN TRUE WHEN "customer_no" IS NOT NULL THEN REGEXP_FULL_MATCH("customer_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "customer_no text" IS NULL END AS "customer_no fits",
    "voucher" IS NULL OR LENGTH("voucher") <= 20 AS "voucher fits",
    "note" IS NULL OR LENGTH("note") <= 100 AS "note fits"
  FROM "typed" AS typed
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
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("order_no" AS VARCHAR)))::UUID AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' OR "customer_no" IS NOT NULL THEN UNHEX(MD5(CONCAT_WS('|', COALESCE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("country", '\') OR CONTAINS("country", '|') THEN REPLACE(REPLACE("country", '\', '\\'), '|', '\|') ELSE "country" END)), '\N'), COALESCE(CAST("customer_no" AS VARCHAR), '\N'))))::UUID END AS "hk_country_customer_no",
  CASE WHEN TRIM(BOTH ' ' FROM "voucher") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("voucher", '\') OR CONTAINS("voucher", '|') THEN REPLACE(REPLACE("voucher", '\', '\\'), '|', '\|') ELSE "voucher" END))))::UUID END AS "hk_voucher",
  UNHEX(MD5(CONCAT_WS('|', CAST("order_no" AS VARCHAR), CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' OR "customer_no" IS NOT NULL THEN COALESCE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("country", '\') OR CONTAINS("country", '|') THEN REPLACE(REPLACE("country", '\', '\\'), '|', '\|') ELSE "country" END)), '\N') ELSE '\N' END, COALESCE(CAST("customer_no" AS VARCHAR), '\N'), CASE WHEN TRIM(BOTH ' ' FROM "voucher") <> '' THEN UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("voucher", '\') OR CONTAINS("voucher", '|') THEN REPLACE(REPLACE("voucher", '\', '\\'), '|', '\|') ELSE "voucher" END)) ELSE '\N' END)))::UUID AS "hk_l_orders",
  CASE WHEN TRIM(BOTH ' ' FROM "voucher") <> '' OR (TRIM(BOTH ' ' FROM "country") <> '' OR "customer_no" IS NOT NULL) THEN UNHEX(MD5(CONCAT_WS('|', CASE WHEN TRIM(BOTH ' ' FROM "voucher") <> '' THEN UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("voucher", '\') OR CONTAINS("voucher", '|') THEN REPLACE(REPLACE("voucher", '\', '\\'), '|', '\|') ELSE "voucher" END)) ELSE '\N' END, CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' OR "customer_no" IS NOT NULL THEN COALESCE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("country", '\') OR CONTAINS("country", '|') THEN REPLACE(REPLACE("country", '\', '\\'), '|', '\|') ELSE "country" END)), '\N') ELSE '\N' END, COALESCE(CAST("customer_no" AS VARCHAR), '\N'))))::UUID END AS "hk_l_uses",
  UNHEX(MD5(COALESCE('note=' || CASE WHEN CONTAINS("note", '\') OR CONTAINS("note", '|') THEN REPLACE(REPLACE("note", '\', '\\'), '|', '\|') ELSE "note" END, '')))::UUID AS "hashdiff_s_orders",
  CASE WHEN TRIM(BOTH ' ' FROM "voucher") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("voucher", '\') OR CONTAINS("voucher", '|') THEN REPLACE(REPLACE("voucher", '\', '\\'), '|', '\|') ELSE "voucher" END))))::UUID ELSE UNHEX('00000000000000000000000000000000')::UUID END AS "hk_voucher_or_zero",
  UNHEX(MD5(COALESCE('note=' || CASE WHEN CONTAINS("note", '\') OR CONTAINS("note", '|') THEN REPLACE(REPLACE("note", '\', '\\'), '|', '\|') ELSE "note" END, '')))::UUID AS "hashdiff_s_vouchers"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    TRY_CAST(raw."order_no" AS INTEGER) AS "order_no",
    raw."country" AS "country",
    raw."customer_no" AS "customer_no text",
    TRY_CAST(raw."customer_no" AS INTEGER) AS "customer_no",
    raw."voucher" AS "voucher",
    raw."note" AS "note"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_no" AS VARCHAR) = "order_no text" THEN TRUE WHEN "order_no" IS NOT NULL THEN REGEXP_FULL_MATCH("order_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_no fits",
    "country" IS NULL OR LENGTH("country") <= 2 AS "country fits",
    CASE WHEN CAST("customer_no" AS VARCHAR) = "customer_no text" THEN TRUE WHEN "customer_no" IS NOT NULL THEN REGEXP_FULL_MATCH("customer_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "customer_no text" IS NULL END AS "customer_no fits",
    "voucher" IS NULL OR LENGTH("voucher") <= 20 AS "voucher fits",
    "note" IS NULL OR LENGTH("note") <= 100 AS "note fits"
  FROM "typed" AS typed
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
