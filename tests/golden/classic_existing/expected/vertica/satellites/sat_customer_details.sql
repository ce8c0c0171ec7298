-- satellite sat_customer_details: rendered by dv-gen from metadata/customers.yml:22.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."sat_customer_details" (
  "CUSTOMER_HK" CHAR(32) NOT NULL,
  "CUSTOMER_NAME" VARCHAR(200),
  "CUSTOMER_DOB" DATE,
  "CUSTOMER_PHONE" VARCHAR(80),
  "EFFECTIVE_FROM" DATE,
  "CUSTOMER_HASHDIFF" CHAR(32) NOT NULL,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("CUSTOMER_HK", "LOAD_DATE") DISABLED
)
ORDER BY "CUSTOMER_HK", "LOAD_DATE"
SEGMENTED BY HASH("CUSTOMER_HK") ALL NODES
PARTITION BY "LOAD_DATE"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("LOAD_DATE"::DATE, 3, 2);

-- Asked before the first batch only: whether the newest digests that are stored are those of the
-- rule, and of which texts they may be made. A vault that another tool has built can be loaded on
-- where they are.
SELECT
  CASE WHEN "stored digest" = UPPER(MD5(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 2" AS VARCHAR(10)))), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 5")), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1")), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 3")), 'ß', 'ẞ'), ''), '^^'))) THEN 1 ELSE 0 END AS "same",
  "stored at",
  LOWER("stored digest") AS "digest",
  'CUSTOMER_HASHDIFF' AS "digest column",
  'CUSTOMER_NAME' AS "name 1",
  'CUSTOMER_NAME' AS "column 1",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1")), 'ß', 'ẞ'), ''), '^^') AS "text 1",
  'CUSTOMER_DOB' AS "name 2",
  'CUSTOMER_DOB' AS "column 2",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 2" AS VARCHAR(10)))), 'ß', 'ẞ'), ''), '^^') AS "text 2",
  'CUSTOMER_PHONE' AS "name 3",
  'CUSTOMER_PHONE' AS "column 3",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 3")), 'ß', 'ẞ'), ''), '^^') AS "text 3",
  'BOOKED_ON' AS "name 4",
  'EFFECTIVE_FROM' AS "column 4",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 4" AS VARCHAR(10)))), 'ß', 'ẞ'), ''), '^^') AS "text 4",
  'CUSTOMER_ID' AS "name 5",
  'CUSTOMER_ID' AS "column 5",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 5")), 'ß', 'ẞ'), ''), '^^') AS "text 5",
  'RECORD_SOURCE' AS "name 6",
  'RECORD_SOURCE' AS "column 6",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 6")), 'ß', 'ẞ'), ''), '^^') AS "text 6"
FROM (
  SELECT
    held."CUSTOMER_NAME" AS "value 1",
    CAST(held."CUSTOMER_DOB" AS DATE) AS "value 2",
    held."CUSTOMER_PHONE" AS "value 3",
    CAST(held."EFFECTIVE_FROM" AS DATE) AS "value 4",
    hub."CUSTOMER_ID" AS "value 5",
    held."RECORD_SOURCE" AS "value 6",
    held."CUSTOMER_HASHDIFF" AS "stored digest",
    held."LOAD_DATE" AS "stored at"
  FROM "raw_vault"."sat_customer_details" AS held
  LEFT JOIN "raw_vault"."hub_customer" AS hub
    ON hub."CUSTOMER_HK" = held."CUSTOMER_HK"
  WHERE held."CUSTOMER_HK" NOT IN (UPPER('00000000000000000000000000000000'), UPPER('ffffffffffffffffffffffffffffffff'))
  ORDER BY held."LOAD_DATE" DESC, held."CUSTOMER_HK"
  LIMIT 50
) AS stored;

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."CUSTOMER_HK"
  FROM (
    SELECT
      "CUSTOMER_HK",
      "LOAD_DATE",
      LEAD("LOAD_DATE") OVER (PARTITION BY "CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "next"
    FROM "raw_vault"."sat_customer_details"
  ) AS line
  JOIN (
    SELECT staged."LOAD_DATE", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "LOAD_DATE" FROM "stage"."customers"
      GROUP BY "LOAD_DATE"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."LOAD_DATE"
    WHERE loaded."step" = 'load:sat_customer_details'
    GROUP BY staged."LOAD_DATE"
  ) AS late ON late."LOAD_DATE" = line."LOAD_DATE"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

DROP TABLE IF EXISTS v_temp_schema."sat_customer_details_ranked";

CREATE LOCAL TEMPORARY TABLE "sat_customer_details_ranked" ON COMMIT PRESERVE ROWS AS
SELECT
  "row_no",
  "HASHDIFF_sat_customer_details",
  FIRST_VALUE("HASHDIFF_sat_customer_details") OVER (PARTITION BY "CUSTOMER_HK", "LOAD_DATE" ORDER BY "row_no" DESC) AS "winner",
  ROW_NUMBER() OVER (PARTITION BY "CUSTOMER_HK", "LOAD_DATE" ORDER BY "row_no" DESC) AS "place no",
  ROW_NUMBER() OVER (PARTITION BY "CUSTOMER_HK", "LOAD_DATE", "HASHDIFF_sat_customer_details" ORDER BY "row_no" DESC) AS "repeat"
FROM "stage"."customers"
WHERE "CUSTOMER_HK" IS NOT NULL
  AND "row_no" IN (SELECT "row_no" FROM "stage"."customers_repeats");

DROP TABLE IF EXISTS v_temp_schema."sat_customer_details_unkept";

CREATE LOCAL TEMPORARY TABLE "sat_customer_details_unkept" ON COMMIT PRESERVE ROWS AS
SELECT "row_no" FROM "sat_customer_details_ranked" WHERE "HASHDIFF_sat_customer_details" <> "winner" AND "repeat" = 1
UNION
-- A moment that is stored already stands, whatever wins among the staged rows.
SELECT staged."row_no"
FROM "stage"."customers" AS staged
JOIN "raw_vault"."sat_customer_details" AS stored
  ON stored."CUSTOMER_HK" = staged."CUSTOMER_HK"
  AND stored."LOAD_DATE" = staged."LOAD_DATE"
WHERE stored."CUSTOMER_HASHDIFF" <> staged."HASHDIFF_sat_customer_details"
  AND staged."row_no" NOT IN (SELECT "row_no" FROM "sat_customer_details_ranked" WHERE "place no" > 1);

DROP TABLE IF EXISTS v_temp_schema."sat_customer_details_stored";

CREATE LOCAL TEMPORARY TABLE "sat_customer_details_stored" ON COMMIT PRESERVE ROWS AS
SELECT "CUSTOMER_HK", "CUSTOMER_HASHDIFF", "LOAD_DATE"
FROM "raw_vault"."sat_customer_details"
WHERE "CUSTOMER_HK" IN (SELECT "CUSTOMER_HK" FROM "stage"."customers");

DROP TABLE IF EXISTS v_temp_schema."sat_customer_details_ordered_keys";

-- Keys that are stored already or may be staged more than once; any other row is simply new.
CREATE LOCAL TEMPORARY TABLE "sat_customer_details_ordered_keys" ON COMMIT PRESERVE ROWS AS
SELECT "CUSTOMER_HK" FROM "sat_customer_details_stored"
UNION
SELECT "CUSTOMER_HK" FROM "stage"."customers" WHERE "CUSTOMER_HK" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "stage"."customers_repeats");

DROP TABLE IF EXISTS v_temp_schema."sat_customer_details_changed";

CREATE LOCAL TEMPORARY TABLE "sat_customer_details_changed" ON COMMIT PRESERVE ROWS AS
WITH
-- Of the rows of one key and load date the last stands for all; the others go to the rejects.
"placed" AS (
  SELECT
    "CUSTOMER_HK",
    "HASHDIFF_sat_customer_details",
    "LOAD_DATE",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "CUSTOMER_HK", "LOAD_DATE" ORDER BY "row_no" DESC) AS "place no"
  FROM "stage"."customers"
  WHERE "CUSTOMER_HK" IN (SELECT "CUSTOMER_HK" FROM "sat_customer_details_ordered_keys")
),
"candidates" AS (
  SELECT "CUSTOMER_HK", "HASHDIFF_sat_customer_details", "LOAD_DATE", "row_no"
  FROM "placed"
  WHERE "place no" = 1
),
"line" AS (
  SELECT
    "CUSTOMER_HK",
    "CUSTOMER_HASHDIFF",
    "LOAD_DATE",
    0 AS "row_no"
  FROM "sat_customer_details_stored" AS "stored"
  UNION ALL
  SELECT "CUSTOMER_HK", "HASHDIFF_sat_customer_details", "LOAD_DATE", "row_no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "sat_customer_details_stored" AS stored
    WHERE stored."CUSTOMER_HK" = candidate."CUSTOMER_HK"
      AND stored."LOAD_DATE" = candidate."LOAD_DATE"
  )
),
"compared" AS (
  SELECT
    "CUSTOMER_HK",
    "LOAD_DATE",
    "row_no",
    "CUSTOMER_HASHDIFF",
    LAG("CUSTOMER_HASHDIFF") OVER (PARTITION BY "CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "hashdiff before"
  FROM "line"
)
SELECT "CUSTOMER_HK", "LOAD_DATE", "row_no"
FROM "compared"
WHERE "row_no" > 0
  AND ("hashdiff before" IS NULL OR "hashdiff before" <> "CUSTOMER_HASHDIFF");

DROP TABLE IF EXISTS v_temp_schema."sat_customer_details_nothing_new";

-- By key and number: where a key's rows are on one node, nothing of this leaves it.
CREATE LOCAL TEMPORARY TABLE "sat_customer_details_nothing_new" ON COMMIT PRESERVE ROWS AS
SELECT known."CUSTOMER_HK", known."row_no"
FROM "stage"."customers" AS known
WHERE known."CUSTOMER_HK" IN (SELECT "CUSTOMER_HK" FROM "sat_customer_details_ordered_keys")
  AND NOT EXISTS (
    SELECT 1
    FROM "sat_customer_details_changed" AS changed
    WHERE changed."CUSTOMER_HK" = known."CUSTOMER_HK"
      AND changed."row_no" = known."row_no"
  );

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:sat_customer_details')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'sat_customer_details' AS "entity",
  'customers' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'CUSTOMER_HK' AS "column_name",
  'duplicate key' AS "reason",
  COALESCE(REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_NAME", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(TO_CHAR("CUSTOMER_DOB", 'YYYY-MM-DD'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_PHONE", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(TO_CHAR("BOOKED_ON", 'YYYY-MM-DD'), '\N') AS "record"
FROM "stage"."customers" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "sat_customer_details_unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'sat_customer_details' AS "entity",
  'customers' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'CUSTOMER_HK' AS "column_name",
  'no key' AS "reason",
  COALESCE(REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_NAME", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(TO_CHAR("CUSTOMER_DOB", 'YYYY-MM-DD'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_PHONE", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(TO_CHAR("BOOKED_ON", 'YYYY-MM-DD'), '\N') AS "record"
FROM "stage"."customers" AS staged
WHERE staged."CUSTOMER_HK" IS NULL;

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT /*+LABEL('dv_gen:sat_customer_details')*/ INTO "raw_vault"."sat_customer_details" (
  "CUSTOMER_HK",
  "CUSTOMER_NAME",
  "CUSTOMER_DOB",
  "CUSTOMER_PHONE",
  "EFFECTIVE_FROM",
  "CUSTOMER_HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
SELECT
  staged."CUSTOMER_HK",
  staged."CUSTOMER_NAME",
  staged."CUSTOMER_DOB",
  staged."CUSTOMER_PHONE",
  staged."BOOKED_ON",
  staged."HASHDIFF_sat_customer_details",
  staged."LOAD_DATE",
  staged."RECORD_SOURCE"
FROM "stage"."customers" AS staged
WHERE staged."CUSTOMER_HK" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "sat_customer_details_nothing_new" AS nothing_new
    WHERE nothing_new."CUSTOMER_HK" = staged."CUSTOMER_HK"
      AND nothing_new."row_no" = staged."row_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('raw_vault.sat_customer_details');

-- Every version with the half-open interval [LOAD_DATE, LOAD_DATE_end) in which it was the newest known.
CREATE OR REPLACE VIEW "raw_vault"."sat_customer_details_history" AS
SELECT
  "CUSTOMER_HK",
  "CUSTOMER_NAME",
  "CUSTOMER_DOB",
  "CUSTOMER_PHONE",
  "EFFECTIVE_FROM",
  "CUSTOMER_HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE",
  LEAD("LOAD_DATE") OVER (PARTITION BY "CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "LOAD_DATE_end",
  LEAD("LOAD_DATE") OVER (PARTITION BY "CUSTOMER_HK" ORDER BY "LOAD_DATE") IS NULL AS "is_current"
FROM "raw_vault"."sat_customer_details";

-- The newest version of every key.
CREATE OR REPLACE VIEW "raw_vault"."sat_customer_details_current" AS
SELECT
  "CUSTOMER_HK",
  "CUSTOMER_NAME",
  "CUSTOMER_DOB",
  "CUSTOMER_PHONE",
  "EFFECTIVE_FROM",
  "CUSTOMER_HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "raw_vault"."sat_customer_details_history"
WHERE "is_current";
