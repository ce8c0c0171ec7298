-- stage phones: rendered by dv-gen from metadata/model.yml:4.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."phones" CASCADE;

CREATE TABLE "stage"."phones" (
  "CUSTOMER_ID" VARCHAR(40),
  "PHONE_TYPE" VARCHAR(40),
  "CUSTOMER_PHONE" VARCHAR(80),
  "BOOKED_ON" DATE,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "CUSTOMER_HK" CHAR(32),
  "HASHDIFF_ma_sat_phone" CHAR(32) NOT NULL,
  "HASHDIFF_ma_sat_type" CHAR(32) NOT NULL
)
ORDER BY "CUSTOMER_HK"
SEGMENTED BY HASH("CUSTOMER_HK") ALL NODES;

DROP TABLE IF EXISTS "stage"."phones_repeats" CASCADE;

CREATE TABLE "stage"."phones_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_phones";

CREATE LOCAL TEMPORARY TABLE "raw_phones" (
  "row_no" INTEGER NOT NULL,
  "CUSTOMER_ID" VARCHAR(44),
  "PHONE_TYPE" VARCHAR(44),
  "CUSTOMER_PHONE" VARCHAR(84),
  "BOOKED_ON" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:phones')*/ "raw_phones" (
  "row_no",
  "CUSTOMER_ID",
  "PHONE_TYPE",
  "CUSTOMER_PHONE",
  "BOOKED_ON"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_phones_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:phones')*/ INTO "stage"."phones" (
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
SELECT
  "CUSTOMER_ID",
  "PHONE_TYPE",
  "CUSTOMER_PHONE",
  "BOOKED_ON",
  CAST(:load_dt AS TIMESTAMP) AS "LOAD_DATE",
  CAST(:load_src AS VARCHAR(1020)) AS "RECORD_SOURCE",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  UPPER(MD5(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), 'ß', 'ẞ'), ''))) AS "CUSTOMER_HK",
  UPPER(MD5(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_PHONE")), 'ß', 'ẞ'), ''), '^^'))) AS "HASHDIFF_ma_sat_phone",
  UPPER(MD5(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_PHONE")), 'ß', 'ẞ'), ''), '^^'))) AS "HASHDIFF_ma_sat_type"
FROM (
  SELECT
    "CUSTOMER_ID",
    "PHONE_TYPE",
    "CUSTOMER_PHONE",
    "BOOKED_ON",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "CUSTOMER_ID" IS NULL OR CHARACTER_LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
      "PHONE_TYPE" IS NULL OR CHARACTER_LENGTH("PHONE_TYPE") <= 10 AS "PHONE_TYPE fits",
      "CUSTOMER_PHONE" IS NULL OR CHARACTER_LENGTH("CUSTOMER_PHONE") <= 20 AS "CUSTOMER_PHONE fits",
      "BOOKED_ON text" IS NULL OR "BOOKED_ON" IS NOT NULL AND "BOOKED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("BOOKED_ON" AS VARCHAR(10)) = "BOOKED_ON text" OR REGEXP_LIKE("BOOKED_ON text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "BOOKED_ON fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."CUSTOMER_ID", 2) AS "CUSTOMER_ID",
        SUBSTR(raw."PHONE_TYPE", 2) AS "PHONE_TYPE",
        SUBSTR(raw."CUSTOMER_PHONE", 2) AS "CUSTOMER_PHONE",
        SUBSTR(raw."BOOKED_ON", 2) AS "BOOKED_ON text",
        SUBSTR(raw."BOOKED_ON", 2)::!DATE AS "BOOKED_ON"
      FROM "raw_phones" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "CUSTOMER_ID fits"
    AND "PHONE_TYPE fits"
    AND "CUSTOMER_PHONE fits"
    AND "BOOKED_ON fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."CUSTOMER_ID", 2) AS "CUSTOMER_ID",
    SUBSTR(raw."PHONE_TYPE", 2) AS "PHONE_TYPE",
    SUBSTR(raw."CUSTOMER_PHONE", 2) AS "CUSTOMER_PHONE",
    SUBSTR(raw."BOOKED_ON", 2) AS "BOOKED_ON text",
    SUBSTR(raw."BOOKED_ON", 2)::!DATE AS "BOOKED_ON"
  FROM "raw_phones" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "CUSTOMER_ID" IS NULL OR CHARACTER_LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    "PHONE_TYPE" IS NULL OR CHARACTER_LENGTH("PHONE_TYPE") <= 10 AS "PHONE_TYPE fits",
    "CUSTOMER_PHONE" IS NULL OR CHARACTER_LENGTH("CUSTOMER_PHONE") <= 20 AS "CUSTOMER_PHONE fits",
    "BOOKED_ON text" IS NULL OR "BOOKED_ON" IS NOT NULL AND "BOOKED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("BOOKED_ON" AS VARCHAR(10)) = "BOOKED_ON text" OR REGEXP_LIKE("BOOKED_ON text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "BOOKED_ON fits"
  FROM "typed" AS typed
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

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:phones')*/ INTO "stage"."phones_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."phones"
WHERE "CUSTOMER_HK" IN (
  SELECT "CUSTOMER_HK"
  FROM "stage"."phones"
  GROUP BY "CUSTOMER_HK"
  HAVING COUNT(*) > 1
);
