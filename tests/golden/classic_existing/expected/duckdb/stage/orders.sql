-- stage orders: rendered by dv-gen from metadata/customers.yml:8.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "ORDER_ID" INTEGER NOT NULL,
  "CUSTOMER_ID" VARCHAR(10),
  "STATUS" VARCHAR(10),
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "CUSTOMER_HK" CHAR(32),
  "ORDER_HK" CHAR(32) NOT NULL,
  "CUSTOMER_ORDER_HK" CHAR(32),
  "HASHDIFF_sat_order_details" CHAR(32) NOT NULL,
  "HASHDIFF_sat_order_link" CHAR(32) NOT NULL,
  "HASHDIFF_sat_customer_seen" CHAR(32) NOT NULL
);

DROP TABLE IF EXISTS "stage"."orders_repeats";

CREATE TABLE "stage"."orders_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_orders";

CREATE TEMPORARY TABLE "raw_orders" (
  "ORDER_ID" VARCHAR,
  "CUSTOMER_ID" VARCHAR,
  "STATUS" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_orders" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'ORDER_ID',
  'CUSTOMER_ID',
  'STATUS'
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
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."ORDER_ID" AS "ORDER_ID text",
    TRY_CAST(raw."ORDER_ID" AS INTEGER) AS "ORDER_ID",
    raw."CUSTOMER_ID" AS "CUSTOMER_ID",
    raw."STATUS" AS "STATUS"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("ORDER_ID" AS VARCHAR) = "ORDER_ID text" THEN TRUE WHEN "ORDER_ID" IS NOT NULL THEN REGEXP_FULL_MATCH("ORDER_ID text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "ORDER_ID fits",
    "CUSTOMER_ID" IS NULL OR LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    "STATUS" IS NULL OR LENGTH("STATUS") <= 10 AS "STATUS fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "ORDER_ID",
    "CUSTOMER_ID",
    "STATUS",
    "row_no"
  FROM "checked"
  WHERE "ORDER_ID fits"
    AND "CUSTOMER_ID fits"
    AND "STATUS fits"
)
SELECT
  "ORDER_ID",
  "CUSTOMER_ID",
  "STATUS",
  CAST($load_dt AS TIMESTAMP) AS "LOAD_DATE",
  CAST('SHOP' AS VARCHAR(255)) AS "RECORD_SOURCE",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UPPER(MD5(NULLIF(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), ''))) AS "CUSTOMER_HK",
  UPPER(MD5(NULLIF(UPPER(TRIM(BOTH ' ' FROM CAST("ORDER_ID" AS VARCHAR))), ''))) AS "ORDER_HK",
  CASE WHEN NULLIF(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), '') IS NOT NULL THEN UPPER(MD5(NULLIF(CONCAT_WS('||', COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM CAST("ORDER_ID" AS VARCHAR))), ''), '^^')), '^^||^^'))) END AS "CUSTOMER_ORDER_HK",
  UPPER(MD5(COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "STATUS")), ''), '^^'))) AS "HASHDIFF_sat_order_details",
  UPPER(MD5(COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "STATUS")), ''), '^^'))) AS "HASHDIFF_sat_order_link",
  UPPER(MD5(COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), ''), '^^'))) AS "HASHDIFF_sat_customer_seen"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."ORDER_ID" AS "ORDER_ID text",
    TRY_CAST(raw."ORDER_ID" AS INTEGER) AS "ORDER_ID",
    raw."CUSTOMER_ID" AS "CUSTOMER_ID",
    raw."STATUS" AS "STATUS"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("ORDER_ID" AS VARCHAR) = "ORDER_ID text" THEN TRUE WHEN "ORDER_ID" IS NOT NULL THEN REGEXP_FULL_MATCH("ORDER_ID text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "ORDER_ID fits",
    "CUSTOMER_ID" IS NULL OR LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    "STATUS" IS NULL OR LENGTH("STATUS") <= 10 AS "STATUS fits"
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
INSERT INTO "stage"."orders_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."orders"
WHERE "ORDER_HK" IN (
  SELECT "ORDER_HK"
  FROM "stage"."orders"
  GROUP BY "ORDER_HK"
  HAVING COUNT(*) > 1
);
