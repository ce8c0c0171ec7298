-- stage orders: rendered by dv-gen from metadata/orders.yml:4.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders" CASCADE;

CREATE TABLE "stage"."orders" (
  "order_no" INTEGER NOT NULL,
  "customer_no" VARCHAR(80),
  "changed_at" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_order_no" VARBINARY(16) NOT NULL,
  "hk_customer_no" VARBINARY(16),
  "hk_l_orders_customers" VARBINARY(16)
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
  "order_no" VARCHAR(404),
  "customer_no" VARCHAR(84),
  "changed_at" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:orders')*/ "raw_orders" (
  "row_no",
  "order_no",
  "customer_no",
  "changed_at"
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
  "customer_no",
  "changed_at",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_customer_no",
  "hk_l_orders_customers"
)
SELECT
  "order_no",
  "customer_no",
  "changed_at",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("order_no" AS VARCHAR(11)))) AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer_no") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_customer_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer_no") <> '' THEN HEX_TO_BINARY(MD5(CAST("order_no" AS VARCHAR(11)) || '|' || REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_l_orders_customers"
FROM (
  SELECT
    "order_no",
    "customer_no",
    "changed_at",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND "order_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_no" AS VARCHAR(11)) = "order_no text" OR REGEXP_LIKE("order_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_no fits",
      "customer_no" IS NULL OR CHARACTER_LENGTH("customer_no") <= 20 AS "customer_no fits",
      "changed_at text" IS NULL OR "changed_at" IS NOT NULL AND "changed_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("changed_at" AS VARCHAR(26)) = "changed_at text" OR REGEXP_LIKE("changed_at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "changed_at fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."order_no", 2) AS "order_no text",
        SUBSTR(raw."order_no", 2)::!INTEGER AS "order_no",
        SUBSTR(raw."customer_no", 2) AS "customer_no",
        SUBSTR(raw."changed_at", 2) AS "changed_at text",
        SUBSTR(raw."changed_at", 2)::!TIMESTAMP AS "changed_at"
      FROM "raw_orders" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "order_no fits"
    AND "customer_no fits"
    AND "changed_at fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."order_no", 2) AS "order_no text",
    SUBSTR(raw."order_no", 2)::!INTEGER AS "order_no",
    SUBSTR(raw."customer_no", 2) AS "customer_no",
    SUBSTR(raw."changed_at", 2) AS "changed_at text",
    SUBSTR(raw."changed_at", 2)::!TIMESTAMP AS "changed_at"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND "order_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_no" AS VARCHAR(11)) = "order_no text" OR REGEXP_LIKE("order_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_no fits",
    "customer_no" IS NULL OR CHARACTER_LENGTH("customer_no") <= 20 AS "customer_no fits",
    "changed_at text" IS NULL OR "changed_at" IS NOT NULL AND "changed_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("changed_at" AS VARCHAR(26)) = "changed_at text" OR REGEXP_LIKE("changed_at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "changed_at fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_no fits" THEN 'order_no'
    WHEN NOT "customer_no fits" THEN 'customer_no'
    WHEN NOT "changed_at fits" THEN 'changed_at'
  END AS "column_name",
  CASE
    WHEN "order_no text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "order_no fits" THEN 'not an integer'
    WHEN NOT "customer_no fits" THEN 'longer than 20 characters'
    WHEN NOT "changed_at fits" THEN 'not a timestamp'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_no fits"
  AND "customer_no fits"
  AND "changed_at fits")
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
