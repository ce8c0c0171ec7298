-- stage shop_de: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."shop_de" CASCADE;

CREATE TABLE "stage"."shop_de" (
  "order_no" INTEGER NOT NULL,
  "customer" VARCHAR(80),
  "gift_for" VARCHAR(80),
  "h_orders_shop" INTEGER NOT NULL,
  "h_customers_country" VARCHAR(12) NOT NULL,
  "h_customers_recipient_country" VARCHAR(12) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_shop_order_no" VARBINARY(16) NOT NULL,
  "hk_country_customer_no" VARBINARY(16),
  "hk_country_customer_no_recipient" VARBINARY(16),
  "hk_l_orders" VARBINARY(16),
  "hk_l_gifts" VARBINARY(16) NOT NULL
)
ORDER BY "hk_shop_order_no"
SEGMENTED BY HASH("hk_shop_order_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."shop_de_repeats" CASCADE;

CREATE TABLE "stage"."shop_de_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_shop_de";

CREATE LOCAL TEMPORARY TABLE "raw_shop_de" (
  "row_no" INTEGER NOT NULL,
  "order_no" VARCHAR(404),
  "customer" VARCHAR(84),
  "gift_for" VARCHAR(84)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:shop_de')*/ "raw_shop_de" (
  "row_no",
  "order_no",
  "customer",
  "gift_for"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_shop_de_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:shop_de')*/ INTO "stage"."shop_de" (
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
SELECT
  "order_no",
  "customer",
  "gift_for",
  "h_orders_shop",
  "h_customers_country",
  "h_customers_recipient_country",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("h_orders_shop" AS VARCHAR(6)) || '|' || CAST(CAST("order_no" AS INTEGER) AS VARCHAR(20)))) AS "hk_shop_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("h_customers_country", '\', '\\'), '|', '\|'))), 'ß', 'ẞ') || '|' || COALESCE(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'), '\N'))) END AS "hk_country_customer_no",
  CASE WHEN TRIM(BOTH ' ' FROM "gift_for") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("h_customers_recipient_country", '\', '\\'), '|', '\|'))), 'ß', 'ẞ') || '|' || COALESCE(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("gift_for", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'), '\N'))) END AS "hk_country_customer_no_recipient",
  CASE WHEN (TRIM(BOTH ' ' FROM "customer") <> '') THEN HEX_TO_BINARY(MD5(CAST("h_orders_shop" AS VARCHAR(6)) || '|' || CAST(CAST("order_no" AS INTEGER) AS VARCHAR(20)) || '|' || REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("h_customers_country", '\', '\\'), '|', '\|'))), 'ß', 'ẞ') || '|' || COALESCE(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'), '\N'))) END AS "hk_l_orders",
  HEX_TO_BINARY(MD5(CAST("h_orders_shop" AS VARCHAR(6)) || '|' || CAST(CAST("order_no" AS INTEGER) AS VARCHAR(20)) || '|' || CASE WHEN TRIM(BOTH ' ' FROM "gift_for") <> '' THEN REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("h_customers_recipient_country", '\', '\\'), '|', '\|'))), 'ß', 'ẞ') ELSE '\N' END || '|' || CASE WHEN TRIM(BOTH ' ' FROM "gift_for") <> '' THEN COALESCE(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("gift_for", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'), '\N') ELSE '\N' END)) AS "hk_l_gifts"
FROM (
  SELECT
    fitting.*,
    CAST(49 AS INTEGER) AS "h_orders_shop",
    CAST('DE' AS VARCHAR(12)) AS "h_customers_country",
    CAST('DE' AS VARCHAR(12)) AS "h_customers_recipient_country"
  FROM (
    SELECT
      "order_no",
      "customer",
      "gift_for",
      "row_no"
    FROM (
      SELECT
        typed.*,
        "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND "order_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_no" AS VARCHAR(11)) = "order_no text" OR REGEXP_LIKE("order_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_no fits",
        "customer" IS NULL OR CHARACTER_LENGTH("customer") <= 20 AS "customer fits",
        "gift_for" IS NULL OR CHARACTER_LENGTH("gift_for") <= 20 AS "gift_for fits"
      FROM (
        SELECT
          "row_no" AS "row_no",
          SUBSTR(raw."order_no", 2) AS "order_no text",
          SUBSTR(raw."order_no", 2)::!INTEGER AS "order_no",
          SUBSTR(raw."customer", 2) AS "customer",
          SUBSTR(raw."gift_for", 2) AS "gift_for"
        FROM "raw_shop_de" AS raw
      ) AS typed
    ) AS "checked"
    WHERE "order_no fits"
      AND "customer fits"
      AND "gift_for fits"
  ) AS fitting
) AS "derived";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."order_no", 2) AS "order_no text",
    SUBSTR(raw."order_no", 2)::!INTEGER AS "order_no",
    SUBSTR(raw."customer", 2) AS "customer",
    SUBSTR(raw."gift_for", 2) AS "gift_for"
  FROM "raw_shop_de" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND "order_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_no" AS VARCHAR(11)) = "order_no text" OR REGEXP_LIKE("order_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_no fits",
    "customer" IS NULL OR CHARACTER_LENGTH("customer") <= 20 AS "customer fits",
    "gift_for" IS NULL OR CHARACTER_LENGTH("gift_for") <= 20 AS "gift_for fits"
  FROM "typed" AS typed
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

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:shop_de')*/ INTO "stage"."shop_de_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."shop_de"
WHERE "hk_shop_order_no" IN (
  SELECT "hk_shop_order_no"
  FROM "stage"."shop_de"
  GROUP BY "hk_shop_order_no"
  HAVING COUNT(*) > 1
);
