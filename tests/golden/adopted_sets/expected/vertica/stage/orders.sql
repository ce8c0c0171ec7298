-- stage orders: rendered by dv-gen from metadata/model.yml:8.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders" CASCADE;

CREATE TABLE "stage"."orders" (
  "ORDER_ID" VARCHAR(40),
  "CUSTOMER_ID" VARCHAR(40),
  "BOOKED_ON" DATE NOT NULL,
  "CHANNEL" VARCHAR(40),
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "CUSTOMER_HK" CHAR(32),
  "ORDER_HK" CHAR(32),
  "ORDER_CUSTOMER_HK" CHAR(32)
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
  "ORDER_ID" VARCHAR(44),
  "CUSTOMER_ID" VARCHAR(44),
  "BOOKED_ON" VARCHAR(404),
  "CHANNEL" VARCHAR(44)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:orders')*/ "raw_orders" (
  "row_no",
  "ORDER_ID",
  "CUSTOMER_ID",
  "BOOKED_ON",
  "CHANNEL"
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
  "BOOKED_ON",
  "CHANNEL",
  "LOAD_DATE",
  "RECORD_SOURCE",
  "row_no",
  "CUSTOMER_HK",
  "ORDER_HK",
  "ORDER_CUSTOMER_HK"
)
SELECT
  "ORDER_ID",
  "CUSTOMER_ID",
  "BOOKED_ON",
  "CHANNEL",
  CAST(:load_dt AS TIMESTAMP) AS "LOAD_DATE",
  CAST(:load_src AS VARCHAR(1020)) AS "RECORD_SOURCE",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  UPPER(MD5(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), 'ß', 'ẞ'), ''))) AS "CUSTOMER_HK",
  UPPER(MD5(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "ORDER_ID")), 'ß', 'ẞ'), ''))) AS "ORDER_HK",
  CASE WHEN NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), 'ß', 'ẞ'), '') IS NOT NULL AND NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "ORDER_ID")), 'ß', 'ẞ'), '') IS NOT NULL THEN UPPER(MD5(NULLIF(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "ORDER_ID")), 'ß', 'ẞ'), ''), '^^'), '^^||^^'))) END AS "ORDER_CUSTOMER_HK"
FROM (
  SELECT
    "ORDER_ID",
    "CUSTOMER_ID",
    "BOOKED_ON",
    "CHANNEL",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "ORDER_ID" IS NULL OR CHARACTER_LENGTH("ORDER_ID") <= 10 AS "ORDER_ID fits",
      "CUSTOMER_ID" IS NULL OR CHARACTER_LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
      "BOOKED_ON text" IS NOT NULL AND "BOOKED_ON" IS NOT NULL AND "BOOKED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("BOOKED_ON" AS VARCHAR(10)) = "BOOKED_ON text" OR REGEXP_LIKE("BOOKED_ON text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "BOOKED_ON fits",
      "CHANNEL" IS NULL OR CHARACTER_LENGTH("CHANNEL") <= 10 AS "CHANNEL fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."ORDER_ID", 2) AS "ORDER_ID",
        SUBSTR(raw."CUSTOMER_ID", 2) AS "CUSTOMER_ID",
        SUBSTR(raw."BOOKED_ON", 2) AS "BOOKED_ON text",
        SUBSTR(raw."BOOKED_ON", 2)::!DATE AS "BOOKED_ON",
        SUBSTR(raw."CHANNEL", 2) AS "CHANNEL"
      FROM "raw_orders" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "ORDER_ID fits"
    AND "CUSTOMER_ID fits"
    AND "BOOKED_ON fits"
    AND "CHANNEL fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."ORDER_ID", 2) AS "ORDER_ID",
    SUBSTR(raw."CUSTOMER_ID", 2) AS "CUSTOMER_ID",
    SUBSTR(raw."BOOKED_ON", 2) AS "BOOKED_ON text",
    SUBSTR(raw."BOOKED_ON", 2)::!DATE AS "BOOKED_ON",
    SUBSTR(raw."CHANNEL", 2) AS "CHANNEL"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "ORDER_ID" IS NULL OR CHARACTER_LENGTH("ORDER_ID") <= 10 AS "ORDER_ID fits",
    "CUSTOMER_ID" IS NULL OR CHARACTER_LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    "BOOKED_ON text" IS NOT NULL AND "BOOKED_ON" IS NOT NULL AND "BOOKED_ON" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("BOOKED_ON" AS VARCHAR(10)) = "BOOKED_ON text" OR REGEXP_LIKE("BOOKED_ON text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "BOOKED_ON fits",
    "CHANNEL" IS NULL OR CHARACTER_LENGTH("CHANNEL") <= 10 AS "CHANNEL fits"
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
INSERT /*+LABEL('dv_gen:orders')*/ INTO "stage"."orders_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."orders"
WHERE "ORDER_HK" IN (
  SELECT "ORDER_HK"
  FROM "stage"."orders"
  GROUP BY "ORDER_HK"
  HAVING COUNT(*) > 1
);
