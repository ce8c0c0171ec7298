-- stage orders: rendered by dv-gen from metadata/model.yml:8.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "ORDER_ID" VARCHAR(10),
  "CUSTOMER_ID" VARCHAR(10),
  "BOOKED_ON" DATE NOT NULL,
  "CHANNEL" VARCHAR(10),
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "CUSTOMER_HK" CHAR(32),
  "ORDER_HK" CHAR(32),
  "ORDER_CUSTOMER_HK" CHAR(32)
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
  "BOOKED_ON" VARCHAR,
  "CHANNEL" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_orders" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'ORDER_ID',
  'CUSTOMER_ID',
  'BOOKED_ON',
  'CHANNEL'
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
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."ORDER_ID" AS "ORDER_ID",
    raw."CUSTOMER_ID" AS "CUSTOMER_ID",
    raw."BOOKED_ON" AS "BOOKED_ON text",
    TRY_CAST(raw."BOOKED_ON" AS DATE) AS "BOOKED_ON",
    raw."CHANNEL" AS "CHANNEL"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "ORDER_ID" IS NULL OR LENGTH("ORDER_ID") <= 10 AS "ORDER_ID fits",
    "CUSTOMER_ID" IS NULL OR LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    CASE WHEN CAST("BOOKED_ON" AS VARCHAR) = "BOOKED_ON text" AND "BOOKED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "BOOKED_ON" IS NOT NULL AND "BOOKED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("BOOKED_ON text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE FALSE END AS "BOOKED_ON fits",
    "CHANNEL" IS NULL OR LENGTH("CHANNEL") <= 10 AS "CHANNEL fits"
  FROM "typed" AS typed
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
  CAST($load_dt AS TIMESTAMP) AS "LOAD_DATE",
  CAST($load_src AS VARCHAR(255)) AS "RECORD_SOURCE",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UPPER(MD5(NULLIF(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), ''))) AS "CUSTOMER_HK",
  UPPER(MD5(NULLIF(UPPER(TRIM(BOTH ' ' FROM "ORDER_ID")), ''))) AS "ORDER_HK",
  CASE WHEN NULLIF(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), '') IS NOT NULL AND NULLIF(UPPER(TRIM(BOTH ' ' FROM "ORDER_ID")), '') IS NOT NULL THEN UPPER(MD5(NULLIF(CONCAT_WS('||', COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "ORDER_ID")), ''), '^^')), '^^||^^'))) END AS "ORDER_CUSTOMER_HK"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."ORDER_ID" AS "ORDER_ID",
    raw."CUSTOMER_ID" AS "CUSTOMER_ID",
    raw."BOOKED_ON" AS "BOOKED_ON text",
    TRY_CAST(raw."BOOKED_ON" AS DATE) AS "BOOKED_ON",
    raw."CHANNEL" AS "CHANNEL"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "ORDER_ID" IS NULL OR LENGTH("ORDER_ID") <= 10 AS "ORDER_ID fits",
    "CUSTOMER_ID" IS NULL OR LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    CASE WHEN CAST("BOOKED_ON" AS VARCHAR) = "BOOKED_ON text" AND "BOOKED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "BOOKED_ON" IS NOT NULL AND "BOOKED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("BOOKED_ON text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE FALSE END AS "BOOKED_ON fits",
    "CHANNEL" IS NULL OR LENGTH("CHANNEL") <= 10 AS "CHANNEL fits"
  FROM "typed" AS typed
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
