-- stage orders: rendered by dv-gen from metadata/model.yml:8.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "ORDER_ID" VARCHAR(10) COLLATE "C",
  "CUSTOMER_ID" VARCHAR(10) COLLATE "C",
  "BOOKED_ON" DATE NOT NULL,
  "CHANNEL" VARCHAR(10) COLLATE "C",
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "CUSTOMER_HK" CHAR(32) COLLATE "C",
  "ORDER_HK" CHAR(32) COLLATE "C",
  "ORDER_CUSTOMER_HK" CHAR(32) COLLATE "C"
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
  "BOOKED_ON" TEXT COLLATE "C",
  "CHANNEL" TEXT COLLATE "C"
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
  "BOOKED_ON",
  "CHANNEL",
  "LOAD_DATE",
  "RECORD_SOURCE",
  "row_no",
  "CUSTOMER_HK",
  "ORDER_HK",
  "ORDER_CUSTOMER_HK"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."ORDER_ID" AS "ORDER_ID",
    raw."CUSTOMER_ID" AS "CUSTOMER_ID",
    raw."BOOKED_ON" AS "BOOKED_ON text",
    CASE WHEN PG_INPUT_IS_VALID(raw."BOOKED_ON", 'date') THEN CAST(raw."BOOKED_ON" AS DATE) END AS "BOOKED_ON",
    raw."CHANNEL" AS "CHANNEL"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "ORDER_ID" IS NULL OR LENGTH("ORDER_ID") <= 10 AS "ORDER_ID fits",
    "CUSTOMER_ID" IS NULL OR LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    "BOOKED_ON text" IS NOT NULL AND "BOOKED_ON" IS NOT NULL AND "BOOKED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("BOOKED_ON" AS TEXT) = "BOOKED_ON text" OR "BOOKED_ON text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "BOOKED_ON fits",
    "CHANNEL" IS NULL OR LENGTH("CHANNEL") <= 10 AS "CHANNEL fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "ORDER_ID",
    "CUSTOMER_ID",
    "BOOKED_ON",
    "CHANNEL",
    "row_no"
  FROM "checked"
  WHERE "ORDER_ID fits"
    AND "CUSTOMER_ID fits"
    AND "BOOKED_ON fits"
    AND "CHANNEL fits"
)
SELECT
  "ORDER_ID",
  "CUSTOMER_ID",
  "BOOKED_ON",
  "CHANNEL",
  CAST(:load_dt AS TIMESTAMP) AS "LOAD_DATE",
  CAST(:load_src AS VARCHAR(255)) AS "RECORD_SOURCE",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  UPPER(MD5(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''))) AS "CUSTOMER_HK",
  UPPER(MD5(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "ORDER_ID") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''))) AS "ORDER_HK",
  CASE WHEN NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '') IS NOT NULL AND NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "ORDER_ID") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '') IS NOT NULL THEN UPPER(MD5(NULLIF(COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') || '||' || COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "ORDER_ID") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^'), '^^||^^'))) END AS "ORDER_CUSTOMER_HK"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."ORDER_ID" AS "ORDER_ID",
    raw."CUSTOMER_ID" AS "CUSTOMER_ID",
    raw."BOOKED_ON" AS "BOOKED_ON text",
    CASE WHEN PG_INPUT_IS_VALID(raw."BOOKED_ON", 'date') THEN CAST(raw."BOOKED_ON" AS DATE) END AS "BOOKED_ON",
    raw."CHANNEL" AS "CHANNEL"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "ORDER_ID" IS NULL OR LENGTH("ORDER_ID") <= 10 AS "ORDER_ID fits",
    "CUSTOMER_ID" IS NULL OR LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    "BOOKED_ON text" IS NOT NULL AND "BOOKED_ON" IS NOT NULL AND "BOOKED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("BOOKED_ON" AS TEXT) = "BOOKED_ON text" OR "BOOKED_ON text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "BOOKED_ON fits",
    "CHANNEL" IS NULL OR LENGTH("CHANNEL") <= 10 AS "CHANNEL fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "ORDER_ID fits" THEN 'ORDER_ID'
    WHEN NOT "CUSTOMER_ID fits" THEN 'CUSTOMER_ID'
    WHEN NOT "BOOKED_ON fits" THEN 'BOOKED_ON'
    WHEN NOT "CHANNEL fits" THEN 'CHANNEL'
  END AS "column_name",
  CASE
    WHEN NOT "ORDER_ID fits" THEN 'longer than 10 characters'
    WHEN NOT "CUSTOMER_ID fits" THEN 'longer than 10 characters'
    WHEN "BOOKED_ON text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "BOOKED_ON fits" THEN 'not a date'
    WHEN NOT "CHANNEL fits" THEN 'longer than 10 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("ORDER_ID fits"
  AND "CUSTOMER_ID fits"
  AND "BOOKED_ON fits"
  AND "CHANNEL fits")
ORDER BY "row_no";

-- Once a batch: the deliveries that the rows are of, and the record source where they have one.
SELECT
  "LOAD_DATE",
  CASE WHEN MIN("RECORD_SOURCE") = MAX("RECORD_SOURCE") THEN MIN("RECORD_SOURCE") END AS "load_src"
FROM "stage"."orders"
GROUP BY "LOAD_DATE"
ORDER BY "LOAD_DATE";

ANALYZE "stage"."orders" ("LOAD_DATE", "CUSTOMER_HK", "ORDER_HK", "ORDER_CUSTOMER_HK");

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
