-- stage orders: rendered by dv-gen from metadata/customers.yml:8.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "ORDER_ID" INTEGER NOT NULL,
  "CUSTOMER_ID" VARCHAR(10) COLLATE "C",
  "STATUS" VARCHAR(10) COLLATE "C",
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "CUSTOMER_HK" CHAR(32) COLLATE "C",
  "ORDER_HK" CHAR(32) COLLATE "C" NOT NULL,
  "CUSTOMER_ORDER_HK" CHAR(32) COLLATE "C",
  "HASHDIFF_sat_order_details" CHAR(32) COLLATE "C" NOT NULL,
  "HASHDIFF_sat_order_link" CHAR(32) COLLATE "C" NOT NULL,
  "HASHDIFF_sat_customer_seen" CHAR(32) COLLATE "C" NOT NULL
);

DROP TABLE IF EXISTS "stage"."orders_repeats";

CREATE TABLE "stage"."orders_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_orders";

CREATE TEMPORARY TABLE "raw_orders" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "ORDER_ID" TEXT COLLATE "C",
  "CUSTOMER_ID" TEXT COLLATE "C",
  "STATUS" TEXT COLLATE "C"
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."ORDER_ID" AS "ORDER_ID text",
    CASE WHEN PG_INPUT_IS_VALID(raw."ORDER_ID", 'integer') THEN CAST(raw."ORDER_ID" AS INTEGER) END AS "ORDER_ID",
    raw."CUSTOMER_ID" AS "CUSTOMER_ID",
    raw."STATUS" AS "STATUS"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "ORDER_ID text" IS NOT NULL AND "ORDER_ID" IS NOT NULL AND (CAST("ORDER_ID" AS TEXT) = "ORDER_ID text" OR "ORDER_ID text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "ORDER_ID fits",
    "CUSTOMER_ID" IS NULL OR LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    "STATUS" IS NULL OR LENGTH("STATUS") <= 10 AS "STATUS fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "LOAD_DATE",
  CAST('SHOP' AS VARCHAR(255)) AS "RECORD_SOURCE",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  UPPER(MD5(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''))) AS "CUSTOMER_HK",
  UPPER(MD5(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("ORDER_ID" AS TEXT)) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''))) AS "ORDER_HK",
  CASE WHEN NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '') IS NOT NULL THEN UPPER(MD5(NULLIF(COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') || '||' || COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("ORDER_ID" AS TEXT)) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^'), '^^||^^'))) END AS "CUSTOMER_ORDER_HK",
  UPPER(MD5(COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "STATUS") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^'))) AS "HASHDIFF_sat_order_details",
  UPPER(MD5(COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "STATUS") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^'))) AS "HASHDIFF_sat_order_link",
  UPPER(MD5(COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^'))) AS "HASHDIFF_sat_customer_seen"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."ORDER_ID" AS "ORDER_ID text",
    CASE WHEN PG_INPUT_IS_VALID(raw."ORDER_ID", 'integer') THEN CAST(raw."ORDER_ID" AS INTEGER) END AS "ORDER_ID",
    raw."CUSTOMER_ID" AS "CUSTOMER_ID",
    raw."STATUS" AS "STATUS"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "ORDER_ID text" IS NOT NULL AND "ORDER_ID" IS NOT NULL AND (CAST("ORDER_ID" AS TEXT) = "ORDER_ID text" OR "ORDER_ID text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "ORDER_ID fits",
    "CUSTOMER_ID" IS NULL OR LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    "STATUS" IS NULL OR LENGTH("STATUS") <= 10 AS "STATUS fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."orders" ("LOAD_DATE", "CUSTOMER_HK", "ORDER_HK", "CUSTOMER_ORDER_HK");

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
