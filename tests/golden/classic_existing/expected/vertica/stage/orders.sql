-- stage orders: rendered by dv-gen from metadata/customers.yml:8.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders" CASCADE;

CREATE TABLE "stage"."orders" (
  "ORDER_ID" INTEGER NOT NULL,
  "CUSTOMER_ID" VARCHAR(40),
  "STATUS" VARCHAR(40),
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "CUSTOMER_HK" CHAR(32),
  "ORDER_HK" CHAR(32) NOT NULL,
  "CUSTOMER_ORDER_HK" CHAR(32),
  "HASHDIFF_sat_order_details" CHAR(32) NOT NULL,
  "HASHDIFF_sat_order_link" CHAR(32) NOT NULL,
  "HASHDIFF_sat_customer_seen" CHAR(32) NOT NULL
)
ORDER BY "ORDER_HK"
SEGMENTED BY HASH("ORDER_HK") ALL NODES;

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
  "ORDER_ID" VARCHAR(404),
  "CUSTOMER_ID" VARCHAR(44),
  "STATUS" VARCHAR(44)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:orders')*/ "raw_orders" (
  "row_no",
  "ORDER_ID",
  "CUSTOMER_ID",
  "STATUS"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_orders_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:orders')*/ INTO "stage"."orders" (
  "ORDER_ID",
  "CUSTOMER_ID",
  "STATUS",
  "LOAD_DATE",
  "RECORD_SOURCE",
  "row_no",
  "CUSTOMER_HK",
  "ORDER_HK",
  "CUSTOMER_ORDER_HK",
  "HASHDIFF_sat_order_details",
  "HASHDIFF_sat_order_link",
  "HASHDIFF_sat_customer_seen"
)
SELECT
  "ORDER_ID",
  "CUSTOMER_ID",
  "STATUS",
  CAST(:load_dt AS TIMESTAMP) AS "LOAD_DATE",
  CAST('SHOP' AS VARCHAR(1020)) AS "RECORD_SOURCE",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  UPPER(MD5(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), 'ß', 'ẞ'), ''))) AS "CUSTOMER_HK",
  UPPER(MD5(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("ORDER_ID" AS VARCHAR(11)))), 'ß', 'ẞ'), ''))) AS "ORDER_HK",
  CASE WHEN NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), 'ß', 'ẞ'), '') IS NOT NULL THEN UPPER(MD5(NULLIF(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("ORDER_ID" AS VARCHAR(11)))), 'ß', 'ẞ'), ''), '^^'), '^^||^^'))) END AS "CUSTOMER_ORDER_HK",
  UPPER(MD5(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "STATUS")), 'ß', 'ẞ'), ''), '^^'))) AS "HASHDIFF_sat_order_details",
  UPPER(MD5(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "STATUS")), 'ß', 'ẞ'), ''), '^^'))) AS "HASHDIFF_sat_order_link",
  UPPER(MD5(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), 'ß', 'ẞ'), ''), '^^'))) AS "HASHDIFF_sat_customer_seen"
FROM (
  SELECT
    "ORDER_ID",
    "CUSTOMER_ID",
    "STATUS",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "ORDER_ID text" IS NOT NULL AND "ORDER_ID" IS NOT NULL AND "ORDER_ID" BETWEEN -2147483648 AND 2147483647 AND (CAST("ORDER_ID" AS VARCHAR(11)) = "ORDER_ID text" OR REGEXP_LIKE("ORDER_ID text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "ORDER_ID fits",
      "CUSTOMER_ID" IS NULL OR CHARACTER_LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
      "STATUS" IS NULL OR CHARACTER_LENGTH("STATUS") <= 10 AS "STATUS fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."ORDER_ID", 2) AS "ORDER_ID text",
        SUBSTR(raw."ORDER_ID", 2)::!INTEGER AS "ORDER_ID",
        SUBSTR(raw."CUSTOMER_ID", 2) AS "CUSTOMER_ID",
        SUBSTR(raw."STATUS", 2) AS "STATUS"
      FROM "raw_orders" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "ORDER_ID fits"
    AND "CUSTOMER_ID fits"
    AND "STATUS fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."ORDER_ID", 2) AS "ORDER_ID text",
    SUBSTR(raw."ORDER_ID", 2)::!INTEGER AS "ORDER_ID",
    SUBSTR(raw."CUSTOMER_ID", 2) AS "CUSTOMER_ID",
    SUBSTR(raw."STATUS", 2) AS "STATUS"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "ORDER_ID text" IS NOT NULL AND "ORDER_ID" IS NOT NULL AND "ORDER_ID" BETWEEN -2147483648 AND 2147483647 AND (CAST("ORDER_ID" AS VARCHAR(11)) = "ORDER_ID text" OR REGEXP_LIKE("ORDER_ID text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "ORDER_ID fits",
    "CUSTOMER_ID" IS NULL OR CHARACTER_LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    "STATUS" IS NULL OR CHARACTER_LENGTH("STATUS") <= 10 AS "STATUS fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "ORDER_ID fits" THEN 'ORDER_ID'
    WHEN NOT "CUSTOMER_ID fits" THEN 'CUSTOMER_ID'
    WHEN NOT "STATUS fits" THEN 'STATUS'
  END AS "column_name",
  CASE
    WHEN "ORDER_ID text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "ORDER_ID fits" THEN 'not an integer'
    WHEN NOT "CUSTOMER_ID fits" THEN 'longer than 10 characters'
    WHEN NOT "STATUS fits" THEN 'longer than 10 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("ORDER_ID fits"
  AND "CUSTOMER_ID fits"
  AND "STATUS fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:orders')*/ INTO "stage"."orders_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."orders"
WHERE "ORDER_HK" IN (
  SELECT "ORDER_HK"
  FROM "stage"."orders"
  GROUP BY "ORDER_HK"
  HAVING COUNT(*) > 1
);
