-- stage shop_fr: rendered by dv-gen from metadata/model.yml:10.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."shop_fr" CASCADE;

CREATE TABLE "stage"."shop_fr" (
  "order_no" INTEGER,
  "customer" INTEGER,
  "h_orders_shop" INTEGER NOT NULL,
  "h_customers_country" VARCHAR(12) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_shop_order_no" VARBINARY(16),
  "hk_country_customer_no" VARBINARY(16),
  "hk_l_orders" VARBINARY(16)
)
ORDER BY "hk_shop_order_no"
SEGMENTED BY HASH("hk_shop_order_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."shop_fr_repeats" CASCADE;

CREATE TABLE "stage"."shop_fr_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_shop_fr";

CREATE LOCAL TEMPORARY TABLE "raw_shop_fr" (
  "row_no" INTEGER NOT NULL,
  "order_no" VARCHAR(404),
  "customer" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:shop_fr')*/ "raw_shop_fr" (
  "row_no",
  "order_no",
  "customer"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_shop_fr_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:shop_fr')*/ INTO "stage"."shop_fr" (
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
SELECT
  "order_no",
  "customer",
  "h_orders_shop",
  "h_customers_country",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN "order_no" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("h_orders_shop" AS VARCHAR(6)) || '|' || COALESCE(CAST(CAST("order_no" AS INTEGER) AS VARCHAR(20)), '\N'))) END AS "hk_shop_order_no",
  CASE WHEN "customer" IS NOT NULL THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("h_customers_country", '\', '\\'), '|', '\|'))), 'ß', 'ẞ') || '|' || COALESCE(CAST("customer" AS VARCHAR(11)), '\N'))) END AS "hk_country_customer_no",
  CASE WHEN ("order_no" IS NOT NULL) AND ("customer" IS NOT NULL) THEN HEX_TO_BINARY(MD5(CAST("h_orders_shop" AS VARCHAR(6)) || '|' || COALESCE(CAST(CAST("order_no" AS INTEGER) AS VARCHAR(20)), '\N') || '|' || REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("h_customers_country", '\', '\\'), '|', '\|'))), 'ß', 'ẞ') || '|' || COALESCE(CAST("customer" AS VARCHAR(11)), '\N'))) END AS "hk_l_orders"
FROM (
  SELECT
    fitting.*,
    CAST(33 AS INTEGER) AS "h_orders_shop",
    CAST('FR' AS VARCHAR(12)) AS "h_customers_country"
  FROM (
    SELECT
      "order_no",
      "customer",
      "row_no"
    FROM (
      SELECT
        typed.*,
        "order_no text" IS NULL OR "order_no" IS NOT NULL AND "order_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_no" AS VARCHAR(11)) = "order_no text" OR REGEXP_LIKE("order_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_no fits",
        "customer text" IS NULL OR "customer" IS NOT NULL AND "customer" BETWEEN -2147483648 AND 2147483647 AND (CAST("customer" AS VARCHAR(11)) = "customer text" OR REGEXP_LIKE("customer text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "customer fits"
      FROM (
        SELECT
          "row_no" AS "row_no",
          SUBSTR(raw."order_no", 2) AS "order_no text",
          SUBSTR(raw."order_no", 2)::!INTEGER AS "order_no",
          SUBSTR(raw."customer", 2) AS "customer text",
          SUBSTR(raw."customer", 2)::!INTEGER AS "customer"
        FROM "raw_shop_fr" AS raw
      ) AS typed
    ) AS "checked"
    WHERE "order_no fits"
      AND "customer fits"
  ) AS fitting
) AS "derived";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."order_no", 2) AS "order_no text",
    SUBSTR(raw."order_no", 2)::!INTEGER AS "order_no",
    SUBSTR(raw."customer", 2) AS "customer text",
    SUBSTR(raw."customer", 2)::!INTEGER AS "customer"
  FROM "raw_shop_fr" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NULL OR "order_no" IS NOT NULL AND "order_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_no" AS VARCHAR(11)) = "order_no text" OR REGEXP_LIKE("order_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_no fits",
    "customer text" IS NULL OR "customer" IS NOT NULL AND "customer" BETWEEN -2147483648 AND 2147483647 AND (CAST("customer" AS VARCHAR(11)) = "customer text" OR REGEXP_LIKE("customer text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "customer fits"
  FROM "typed" AS typed
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

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:shop_fr')*/ INTO "stage"."shop_fr_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."shop_fr"
WHERE "hk_shop_order_no" IN (
  SELECT "hk_shop_order_no"
  FROM "stage"."shop_fr"
  GROUP BY "hk_shop_order_no"
  HAVING COUNT(*) > 1
);
