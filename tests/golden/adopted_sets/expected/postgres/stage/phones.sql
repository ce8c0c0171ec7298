-- stage phones: rendered by dv-gen from metadata/model.yml:4.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."phones";

CREATE TABLE "stage"."phones" (
  "CUSTOMER_ID" VARCHAR(10) COLLATE "C",
  "PHONE_TYPE" VARCHAR(10) COLLATE "C",
  "CUSTOMER_PHONE" VARCHAR(20) COLLATE "C",
  "BOOKED_ON" DATE,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "CUSTOMER_HK" CHAR(32) COLLATE "C",
  "HASHDIFF_ma_sat_phone" CHAR(32) COLLATE "C" NOT NULL,
  "HASHDIFF_ma_sat_type" CHAR(32) COLLATE "C" NOT NULL
);

DROP TABLE IF EXISTS "stage"."phones_repeats";

CREATE TABLE "stage"."phones_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_phones";

CREATE TEMPORARY TABLE "raw_phones" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "CUSTOMER_ID" TEXT COLLATE "C",
  "PHONE_TYPE" TEXT COLLATE "C",
  "CUSTOMER_PHONE" TEXT COLLATE "C",
  "BOOKED_ON" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_phones";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_phones" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."phones" (
  "CUSTOMER_ID",
  "PHONE_TYPE",
  "CUSTOMER_PHONE",
  "BOOKED_ON",
  "LOAD_DATE",
  "RECORD_SOURCE",
  "row_no",
  "CUSTOMER_HK",
  "HASHDIFF_ma_sat_phone",
  "HASHDIFF_ma_sat_type"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_phones") + 1 AS "row_no",
    raw."CUSTOMER_ID" AS "CUSTOMER_ID",
    raw."PHONE_TYPE" AS "PHONE_TYPE",
    raw."CUSTOMER_PHONE" AS "CUSTOMER_PHONE",
    raw."BOOKED_ON" AS "BOOKED_ON text",
    CASE WHEN PG_INPUT_IS_VALID(raw."BOOKED_ON", 'date') THEN CAST(raw."BOOKED_ON" AS DATE) END AS "BOOKED_ON"
  FROM "raw_phones" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "CUSTOMER_ID" IS NULL OR LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    "PHONE_TYPE" IS NULL OR LENGTH("PHONE_TYPE") <= 10 AS "PHONE_TYPE fits",
    "CUSTOMER_PHONE" IS NULL OR LENGTH("CUSTOMER_PHONE") <= 20 AS "CUSTOMER_PHONE fits",
    "BOOKED_ON text" IS NULL OR "BOOKED_ON" IS NOT NULL AND "BOOKED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("BOOKED_ON" AS TEXT) = "BOOKED_ON text" OR "BOOKED_ON text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "BOOKED_ON fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "CUSTOMER_ID",
    "PHONE_TYPE",
    "CUSTOMER_PHONE",
    "BOOKED_ON",
    "row_no"
  FROM "checked"
  WHERE "CUSTOMER_ID fits"
    AND "PHONE_TYPE fits"
    AND "CUSTOMER_PHONE fits"
    AND "BOOKED_ON fits"
)
SELECT
  "CUSTOMER_ID",
  "PHONE_TYPE",
  "CUSTOMER_PHONE",
  "BOOKED_ON",
  CAST(:load_dt AS TIMESTAMP) AS "LOAD_DATE",
  CAST(:load_src AS VARCHAR(255)) AS "RECORD_SOURCE",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  UPPER(MD5(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''))) AS "CUSTOMER_HK",
  UPPER(MD5(COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') || '||' || COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_PHONE") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^'))) AS "HASHDIFF_ma_sat_phone",
  UPPER(MD5(COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_PHONE") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^'))) AS "HASHDIFF_ma_sat_type"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_phones") + 1 AS "row_no",
    raw."CUSTOMER_ID" AS "CUSTOMER_ID",
    raw."PHONE_TYPE" AS "PHONE_TYPE",
    raw."CUSTOMER_PHONE" AS "CUSTOMER_PHONE",
    raw."BOOKED_ON" AS "BOOKED_ON text",
    CASE WHEN PG_INPUT_IS_VALID(raw."BOOKED_ON", 'date') THEN CAST(raw."BOOKED_ON" AS DATE) END AS "BOOKED_ON"
  FROM "raw_phones" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "CUSTOMER_ID" IS NULL OR LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    "PHONE_TYPE" IS NULL OR LENGTH("PHONE_TYPE") <= 10 AS "PHONE_TYPE fits",
    "CUSTOMER_PHONE" IS NULL OR LENGTH("CUSTOMER_PHONE") <= 20 AS "CUSTOMER_PHONE fits",
    "BOOKED_ON text" IS NULL OR "BOOKED_ON" IS NOT NULL AND "BOOKED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("BOOKED_ON" AS TEXT) = "BOOKED_ON text" OR "BOOKED_ON text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "BOOKED_ON fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "CUSTOMER_ID fits" THEN 'CUSTOMER_ID'
    WHEN NOT "PHONE_TYPE fits" THEN 'PHONE_TYPE'
    WHEN NOT "CUSTOMER_PHONE fits" THEN 'CUSTOMER_PHONE'
    WHEN NOT "BOOKED_ON fits" THEN 'BOOKED_ON'
  END AS "column_name",
  CASE
    WHEN NOT "CUSTOMER_ID fits" THEN 'longer than 10 characters'
    WHEN NOT "PHONE_TYPE fits" THEN 'longer than 10 characters'
    WHEN NOT "CUSTOMER_PHONE fits" THEN 'longer than 20 characters'
    WHEN NOT "BOOKED_ON fits" THEN 'not a date'
  END AS "reason"
FROM "checked"
WHERE NOT ("CUSTOMER_ID fits"
  AND "PHONE_TYPE fits"
  AND "CUSTOMER_PHONE fits"
  AND "BOOKED_ON fits")
ORDER BY "row_no";

ANALYZE "stage"."phones" ("LOAD_DATE", "CUSTOMER_HK");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."phones_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."phones"
WHERE "CUSTOMER_HK" IN (
  SELECT "CUSTOMER_HK"
  FROM "stage"."phones"
  GROUP BY "CUSTOMER_HK"
  HAVING COUNT(*) > 1
);
