-- stage orders: rendered by dv-gen from metadata/model.yml:2.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, record_terminator, load_dt, load_src, rows_before, rows.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders" CASCADE;

CREATE TABLE "stage"."orders" (
  "order_id" INTEGER NOT NULL,
  "customer" VARCHAR(80),
  "amount" DECIMAL(9, 2),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_order_id" VARBINARY(16) NOT NULL
)
ORDER BY "hk_order_id"
SEGMENTED BY HASH("hk_order_id") ALL NODES;

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
  "order_id" VARCHAR(404),
  "customer" VARCHAR(84),
  "amount" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."raw_orders_given";

-- What the nodes have read, as text: equal rows are on one node.
CREATE LOCAL TEMPORARY TABLE "raw_orders_given" (
  "order_id" VARCHAR(404),
  "Customer No" VARCHAR(84),
  "amount" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "order_id"
SEGMENTED BY HASH("order_id", "Customer No", "amount") ALL NODES;

COPY /*+LABEL('dv_gen:orders')*/ "raw_orders_given" (
  "order_id",
  "Customer No",
  "amount"
)
FROM :file GZIP
ENFORCELENGTH
REJECTED DATA AS TABLE "raw_orders_rejected"
PARSER fcsvparser(type='rfc4180', record_terminator=:record_terminator, header='true', trim='false', reject_on_materialized_type_error='true')
NO COMMIT;

-- The lines have no numbers here: equal files give equal numbers all the same, on all nodes at once.
INSERT /*+LABEL('dv_gen:orders')*/ INTO "raw_orders" (
  "row_no",
  "order_id",
  "customer",
  "amount"
)
SELECT
  (ROW_NUMBER() OVER (
    PARTITION BY MOD(HASH("order_id", "Customer No", "amount"), 1024)
    ORDER BY "order_id" ASC NULLS LAST, "Customer No" ASC NULLS LAST, "amount" ASC NULLS LAST
  ) - 1) * 1024 + MOD(HASH("order_id", "Customer No", "amount"), 1024) + 1,
  CASE WHEN "order_id" NOT IN ('') THEN '=' || "order_id" END,
  CASE WHEN "Customer No" NOT IN ('') THEN '=' || "Customer No" END,
  CASE WHEN "amount" NOT IN ('') THEN '=' || "amount" END
FROM "raw_orders_given";

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:orders')*/ INTO "stage"."orders" (
  "order_id",
  "customer",
  "amount",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_id"
)
SELECT
  "order_id",
  "customer",
  "amount",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("order_id" AS VARCHAR(11)))) AS "hk_order_id"
FROM (
  SELECT
    "order_id",
    "customer",
    "amount",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "order_id text" IS NOT NULL AND "order_id" IS NOT NULL AND "order_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_id" AS VARCHAR(11)) = "order_id text" OR REGEXP_LIKE("order_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_id fits",
      "customer" IS NULL OR CHARACTER_LENGTH("customer") <= 20 AS "customer fits",
      "amount text" IS NULL OR "amount" IS NOT NULL AND (CAST("amount" AS VARCHAR(11)) = "amount text" OR REGEXP_LIKE("amount text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)\z')) AS "amount fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."order_id", 2) AS "order_id text",
        SUBSTR(raw."order_id", 2)::!INTEGER AS "order_id",
        SUBSTR(raw."customer", 2) AS "customer",
        SUBSTR(raw."amount", 2) AS "amount text",
        SUBSTR(raw."amount", 2)::!DECIMAL(9, 2) AS "amount"
      FROM "raw_orders" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "order_id fits"
    AND "customer fits"
    AND "amount fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."order_id", 2) AS "order_id text",
    SUBSTR(raw."order_id", 2)::!INTEGER AS "order_id",
    SUBSTR(raw."customer", 2) AS "customer",
    SUBSTR(raw."amount", 2) AS "amount text",
    SUBSTR(raw."amount", 2)::!DECIMAL(9, 2) AS "amount"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "order_id text" IS NOT NULL AND "order_id" IS NOT NULL AND "order_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_id" AS VARCHAR(11)) = "order_id text" OR REGEXP_LIKE("order_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_id fits",
    "customer" IS NULL OR CHARACTER_LENGTH("customer") <= 20 AS "customer fits",
    "amount text" IS NULL OR "amount" IS NOT NULL AND (CAST("amount" AS VARCHAR(11)) = "amount text" OR REGEXP_LIKE("amount text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)\z')) AS "amount fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_id fits" THEN 'order_id'
    WHEN NOT "customer fits" THEN 'customer'
    WHEN NOT "amount fits" THEN 'amount'
  END AS "column_name",
  CASE
    WHEN "order_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "order_id fits" THEN 'not an integer'
    WHEN NOT "customer fits" THEN 'longer than 20 characters'
    WHEN NOT "amount fits" THEN 'not a decimal(9,2)'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_id fits"
  AND "customer fits"
  AND "amount fits")
ORDER BY "row_no";

-- Rows that were rejected, as they were delivered but for their quotes.
SELECT
  "row_no",
  COALESCE(SUBSTR("order_id", 2), '') || ',' ||
  COALESCE(SUBSTR("customer", 2), '') || ',' ||
  COALESCE(SUBSTR("amount", 2), '')
FROM "raw_orders"
WHERE "row_no" IN (:rows)
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:orders')*/ INTO "stage"."orders_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."orders"
WHERE "hk_order_id" IN (
  SELECT "hk_order_id"
  FROM "stage"."orders"
  GROUP BY "hk_order_id"
  HAVING COUNT(*) > 1
);
