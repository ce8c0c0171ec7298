-- stage orders: rendered by dv-gen from metadata/customers.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders" CASCADE;

CREATE TABLE "stage"."orders" (
  "order_no" VARCHAR(40) NOT NULL,
  "customer" VARCHAR(40) NOT NULL,
  "amount" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_order_no" VARBINARY(16),
  "hk_customer" VARBINARY(16),
  "hk_l_orders" VARBINARY(16),
  "hashdiff_s_orders" VARBINARY(16) NOT NULL
)
ORDER BY "hk_order_no"
SEGMENTED BY HASH("hk_order_no") ALL NODES;

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
  "order_no" VARCHAR(44),
  "customer" VARCHAR(44),
  "amount" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:orders')*/ "raw_orders" (
  "row_no",
  "order_no",
  "customer",
  "amount"
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
SELECT
  "order_no",
  "customer",
  "amount",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "order_no") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("order_no", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_customer",
  CASE WHEN TRIM(BOTH ' ' FROM "order_no") <> '' AND TRIM(BOTH ' ' FROM "customer") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("order_no", '\', '\\'), '|', '\|'))), 'ß', 'ẞ') || '|' || REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_l_orders",
  HEX_TO_BINARY(MD5(COALESCE('amount=' || CAST("amount" AS VARCHAR(11)), ''))) AS "hashdiff_s_orders"
FROM (
  SELECT
    "order_no",
    "customer",
    "amount",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "order_no" IS NOT NULL AND CHARACTER_LENGTH("order_no") <= 10 AS "order_no fits",
      "customer" IS NOT NULL AND CHARACTER_LENGTH("customer") <= 10 AS "customer fits",
      "amount text" IS NULL OR "amount" IS NOT NULL AND "amount" BETWEEN -2147483648 AND 2147483647 AND (CAST("amount" AS VARCHAR(11)) = "amount text" OR REGEXP_LIKE("amount text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "amount fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."order_no", 2) AS "order_no",
        SUBSTR(raw."customer", 2) AS "customer",
        SUBSTR(raw."amount", 2) AS "amount text",
        SUBSTR(raw."amount", 2)::!INTEGER AS "amount"
      FROM "raw_orders" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "order_no fits"
    AND "customer fits"
    AND "amount fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."order_no", 2) AS "order_no",
    SUBSTR(raw."customer", 2) AS "customer",
    SUBSTR(raw."amount", 2) AS "amount text",
    SUBSTR(raw."amount", 2)::!INTEGER AS "amount"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "order_no" IS NOT NULL AND CHARACTER_LENGTH("order_no") <= 10 AS "order_no fits",
    "customer" IS NOT NULL AND CHARACTER_LENGTH("customer") <= 10 AS "customer fits",
    "amount text" IS NULL OR "amount" IS NOT NULL AND "amount" BETWEEN -2147483648 AND 2147483647 AND (CAST("amount" AS VARCHAR(11)) = "amount text" OR REGEXP_LIKE("amount text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "amount fits"
  FROM "typed" AS typed
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

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:orders')*/ INTO "stage"."orders_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."orders"
WHERE "hk_order_no" IN (
  SELECT "hk_order_no"
  FROM "stage"."orders"
  GROUP BY "hk_order_no"
  HAVING COUNT(*) > 1
);
