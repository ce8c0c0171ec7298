-- stage customers: rendered by dv-gen from metadata/customers.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."customers";

CREATE TABLE "stage"."customers" (
  "CUSTOMER_ID" VARCHAR(10),
  "CUSTOMER_NAME" VARCHAR(50),
  "CUSTOMER_DOB" DATE,
  "CUSTOMER_PHONE" VARCHAR(20),
  "BOOKED_ON" DATE,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "CUSTOMER_HK" CHAR(32),
  "HASHDIFF_sat_customer_details" CHAR(32) NOT NULL,
  "HASHDIFF_sat_customer_seen" CHAR(32) NOT NULL
);

DROP TABLE IF EXISTS "stage"."customers_repeats";

CREATE TABLE "stage"."customers_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_customers";

CREATE TEMPORARY TABLE "raw_customers" (
  "CUSTOMER_ID" VARCHAR,
  "CUSTOMER_NAME" VARCHAR,
  "CUSTOMER_DOB" VARCHAR,
  "CUSTOMER_PHONE" VARCHAR,
  "BOOKED_ON" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_customers" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'CUSTOMER_ID',
  'CUSTOMER_NAME',
  'CUSTOMER_DOB',
  'CUSTOMER_PHONE',
  'BOOKED_ON'
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
INSERT INTO "stage"."customers" (
  "CUSTOMER_ID",
  "CUSTOMER_NAME",
  "CUSTOMER_DOB",
  "CUSTOMER_PHONE",
  "BOOKED_ON",
  "LOAD_DATE",
  "RECORD_SOURCE",
  "row_no",
  "CUSTOMER_HK",
  "HASHDIFF_sat_customer_details",
  "HASHDIFF_sat_customer_seen"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_customers") + 1 AS "row_no",
    raw."CUSTOMER_ID" AS "CUSTOMER_ID",
    raw."CUSTOMER_NAME" AS "CUSTOMER_NAME",
    raw."CUSTOMER_DOB" AS "CUSTOMER_DOB text",
    TRY_CAST(raw."CUSTOMER_DOB" AS DATE) AS "CUSTOMER_DOB",
    raw."CUSTOMER_PHONE" AS "CUSTOMER_PHONE",
    raw."BOOKED_ON" AS "BOOKED_ON text",
    TRY_CAST(raw."BOOKED_ON" AS DATE) AS "BOOKED_ON"
  FROM "raw_customers" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "CUSTOMER_ID" IS NULL OR LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    "CUSTOMER_NAME" IS NULL OR LENGTH("CUSTOMER_NAME") <= 50 AS "CUSTOMER_NAME fits",
    CASE WHEN CAST("CUSTOMER_DOB" AS VARCHAR) = "CUSTOMER_DOB text" AND "CUSTOMER_DOB" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "CUSTOMER_DOB" IS NOT NULL AND "CUSTOMER_DOB" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("CUSTOMER_DOB text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "CUSTOMER_DOB text" IS NULL END AS "CUSTOMER_DOB fits",
    "CUSTOMER_PHONE" IS NULL OR LENGTH("CUSTOMER_PHONE") <= 20 AS "CUSTOMER_PHONE fits",
    CASE WHEN CAST("BOOKED_ON" AS VARCHAR) = "BOOKED_ON text" AND "BOOKED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "BOOKED_ON" IS NOT NULL AND "BOOKED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("BOOKED_ON text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "BOOKED_ON text" IS NULL END AS "BOOKED_ON fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "CUSTOMER_ID",
    "CUSTOMER_NAME",
    "CUSTOMER_DOB",
    "CUSTOMER_PHONE",
    "BOOKED_ON",
    "row_no"
  FROM "checked"
  WHERE "CUSTOMER_ID fits"
    AND "CUSTOMER_NAME fits"
    AND "CUSTOMER_DOB fits"
    AND "CUSTOMER_PHONE fits"
    AND "BOOKED_ON fits"
)
SELECT
  "CUSTOMER_ID",
  "CUSTOMER_NAME",
  "CUSTOMER_DOB",
  "CUSTOMER_PHONE",
  "BOOKED_ON",
  CAST($load_dt AS TIMESTAMP) AS "LOAD_DATE",
  CAST('CRM' AS VARCHAR(255)) AS "RECORD_SOURCE",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UPPER(MD5(NULLIF(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), ''))) AS "CUSTOMER_HK",
  UPPER(MD5(CONCAT_WS('||', COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM CAST("CUSTOMER_DOB" AS VARCHAR))), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_NAME")), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_PHONE")), ''), '^^')))) AS "HASHDIFF_sat_customer_details",
  UPPER(MD5(COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), ''), '^^'))) AS "HASHDIFF_sat_customer_seen"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_customers") + 1 AS "row_no",
    raw."CUSTOMER_ID" AS "CUSTOMER_ID",
    raw."CUSTOMER_NAME" AS "CUSTOMER_NAME",
    raw."CUSTOMER_DOB" AS "CUSTOMER_DOB text",
    TRY_CAST(raw."CUSTOMER_DOB" AS DATE) AS "CUSTOMER_DOB",
    raw."CUSTOMER_PHONE" AS "CUSTOMER_PHONE",
    raw."BOOKED_ON" AS "BOOKED_ON text",
    TRY_CAST(raw."BOOKED_ON" AS DATE) AS "BOOKED_ON"
  FROM "raw_customers" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "CUSTOMER_ID" IS NULL OR LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    "CUSTOMER_NAME" IS NULL OR LENGTH("CUSTOMER_NAME") <= 50 AS "CUSTOMER_NAME fits",
    CASE WHEN CAST("CUSTOMER_DOB" AS VARCHAR) = "CUSTOMER_DOB text" AND "CUSTOMER_DOB" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "CUSTOMER_DOB" IS NOT NULL AND "CUSTOMER_DOB" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("CUSTOMER_DOB text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "CUSTOMER_DOB text" IS NULL END AS "CUSTOMER_DOB fits",
    "CUSTOMER_PHONE" IS NULL OR LENGTH("CUSTOMER_PHONE") <= 20 AS "CUSTOMER_PHONE fits",
    CASE WHEN CAST("BOOKED_ON" AS VARCHAR) = "BOOKED_ON text" AND "BOOKED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "BOOKED_ON" IS NOT NULL AND "BOOKED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("BOOKED_ON text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "BOOKED_ON text" IS NULL END AS "BOOKED_ON fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "CUSTOMER_ID fits" THEN 'CUSTOMER_ID'
    WHEN NOT "CUSTOMER_NAME fits" THEN 'CUSTOMER_NAME'
    WHEN NOT "CUSTOMER_DOB fits" THEN 'CUSTOMER_DOB'
    WHEN NOT "CUSTOMER_PHONE fits" THEN 'CUSTOMER_PHONE'
    WHEN NOT "BOOKED_ON fits" THEN 'BOOKED_ON'
  END AS "column_name",
  CASE
    WHEN NOT "CUSTOMER_ID fits" THEN 'longer than 10 characters'
    WHEN NOT "CUSTOMER_NAME fits" THEN 'longer than 50 characters'
    WHEN NOT "CUSTOMER_DOB fits" THEN 'not a date'
    WHEN NOT "CUSTOMER_PHONE fits" THEN 'longer than 20 characters'
    WHEN NOT "BOOKED_ON fits" THEN 'not a date'
  END AS "reason"
FROM "checked"
WHERE NOT ("CUSTOMER_ID fits"
  AND "CUSTOMER_NAME fits"
  AND "CUSTOMER_DOB fits"
  AND "CUSTOMER_PHONE fits"
  AND "BOOKED_ON fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."customers_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."customers"
WHERE "CUSTOMER_HK" IN (
  SELECT "CUSTOMER_HK"
  FROM "stage"."customers"
  GROUP BY "CUSTOMER_HK"
  HAVING COUNT(*) > 1
);
