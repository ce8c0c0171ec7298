-- stage orders: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders" CASCADE;

CREATE TABLE "stage"."orders" (
  "order_no" INTEGER NOT NULL,
  "country" VARCHAR(8),
  "customer_no" INTEGER,
  "voucher" VARCHAR(80),
  "note" VARCHAR(400),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_order_no" VARBINARY(16) NOT NULL,
  "hk_country_customer_no" VARBINARY(16),
  "hk_voucher" VARBINARY(16),
  "hk_l_orders" VARBINARY(16) NOT NULL,
  "hk_l_uses" VARBINARY(16),
  "hashdiff_s_orders" VARBINARY(16) NOT NULL,
  "hk_voucher_or_zero" VARBINARY(16) NOT NULL,
  "hashdiff_s_vouchers" VARBINARY(16) NOT NULL
)
ORDER BY "hk_voucher"
SEGMENTED BY HASH("hk_voucher") ALL NODES;

DROP TABLE IF EXISTS "stage"."orders_repeats" CASCADE;

CREATE TABLE "stage"."orders_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_orders";

CREATE LOCAL TEMPORARY TABLE "raw_orders" (
  "row_no" INTEGER NOT NULL,
  "order_no" VARCHAR(404),
  "country" VARCHAR(12),
  "customer_no" VARCHAR(404),
  "voucher" VARCHAR(84),
  "note" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:orders')*/ "raw_orders" (
  "row_no",
  "order_no",
  "country",
  "customer_no",
  "voucher",
  "note"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_orders_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:orders')*/ INTO "stage"."orders" (
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
SELECT
  "order_no",
  "country",
  "customer_no",
  "voucher",
  "note",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("order_no" AS VARCHAR(11)))) AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' OR "customer_no" IS NOT NULL THEN HEX_TO_BINARY(MD5(COALESCE(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("country", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'), '\N') || '|' || COALESCE(CAST("customer_no" AS VARCHAR(11)), '\N'))) END AS "hk_country_customer_no",
  CASE WHEN TRIM(BOTH ' ' FROM "voucher") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("voucher", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_voucher",
  HEX_TO_BINARY(MD5(CAST("order_no" AS VARCHAR(11)) || '|' || CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' OR "customer_no" IS NOT NULL THEN COALESCE(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("country", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'), '\N') ELSE '\N' END || '|' || COALESCE(CAST("customer_no" AS VARCHAR(11)), '\N') || '|' || CASE WHEN TRIM(BOTH ' ' FROM "voucher") <> '' THEN REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("voucher", '\', '\\'), '|', '\|'))), 'ß', 'ẞ') ELSE '\N' END)) AS "hk_l_orders",
  CASE WHEN TRIM(BOTH ' ' FROM "voucher") <> '' OR (TRIM(BOTH ' ' FROM "country") <> '' OR "customer_no" IS NOT NULL) THEN HEX_TO_BINARY(MD5(CASE WHEN TRIM(BOTH ' ' FROM "voucher") <> '' THEN REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("voucher", '\', '\\'), '|', '\|'))), 'ß', 'ẞ') ELSE '\N' END || '|' || CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' OR "customer_no" IS NOT NULL THEN COALESCE(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("country", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'), '\N') ELSE '\N' END || '|' || COALESCE(CAST("customer_no" AS VARCHAR(11)), '\N'))) END AS "hk_l_uses",
  HEX_TO_BINARY(MD5(COALESCE('note=' || REPLACE(REPLACE("note", '\', '\\'), '|', '\|'), ''))) AS "hashdiff_s_orders",
  CASE WHEN TRIM(BOTH ' ' FROM "voucher") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("voucher", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) ELSE HEX_TO_BINARY('00000000000000000000000000000000') END AS "hk_voucher_or_zero",
  HEX_TO_BINARY(MD5(COALESCE('note=' || REPLACE(REPLACE("note", '\', '\\'), '|', '\|'), ''))) AS "hashdiff_s_vouchers"
FROM (
  SELECT
    "order_no",
    "country",
    "customer_no",
    "voucher",
    "note",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND "order_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_no" AS VARCHAR(11)) = "order_no text" OR REGEXP_LIKE("order_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_no fits",
      "country" IS NULL OR CHARACTER_LENGTH("country") <= 2 AS "country fits",
      "customer_no text" IS NULL OR "customer_no" IS NOT NULL AND "customer_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("customer_no" AS VARCHAR(11)) = "customer_no text" OR REGEXP_LIKE("customer_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "customer_no fits",
      "voucher" IS NULL OR CHARACTER_LENGTH("voucher") <= 20 AS "voucher fits",
      "note" IS NULL OR CHARACTER_LENGTH("note") <= 100 AS "note fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."order_no", 2) AS "order_no text",
        SUBSTR(raw."order_no", 2)::!INTEGER AS "order_no",
        SUBSTR(raw."country", 2) AS "country",
        SUBSTR(raw."customer_no", 2) AS "customer_no text",
        SUBSTR(raw."customer_no", 2)::!INTEGER AS "customer_no",
        SUBSTR(raw."voucher", 2) AS "voucher",
        SUBSTR(raw."note", 2) AS "note"
      FROM "raw_orders" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "order_no fits"
    AND "country fits"
    AND "customer_no fits"
    AND "voucher fits"
    AND "note fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."order_no", 2) AS "order_no text",
    SUBSTR(raw."order_no", 2)::!INTEGER AS "order_no",
    SUBSTR(raw."country", 2) AS "country",
    SUBSTR(raw."customer_no", 2) AS "customer_no text",
    SUBSTR(raw."customer_no", 2)::!INTEGER AS "customer_no",
    SUBSTR(raw."voucher", 2) AS "voucher",
    SUBSTR(raw."note", 2) AS "note"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND "order_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_no" AS VARCHAR(11)) = "order_no text" OR REGEXP_LIKE("order_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_no fits",
    "country" IS NULL OR CHARACTER_LENGTH("country") <= 2 AS "country fits",
    "customer_no text" IS NULL OR "customer_no" IS NOT NULL AND "customer_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("customer_no" AS VARCHAR(11)) = "customer_no text" OR REGEXP_LIKE("customer_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "customer_no fits",
    "voucher" IS NULL OR CHARACTER_LENGTH("voucher") <= 20 AS "voucher fits",
    "note" IS NULL OR CHARACTER_LENGTH("note") <= 100 AS "note fits"
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
INSERT /*+LABEL('dv_gen:orders')*/ INTO "stage"."orders_repeats" ("row_no")
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
