-- satellite xts_customer: rendered by dv-gen from metadata/model.yml:54.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."xts_customer" (
  "CUSTOMER_HK" CHAR(32) NOT NULL,
  "satellite_name" VARCHAR(1020) NOT NULL,
  "HASHDIFF" CHAR(32) NOT NULL,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("CUSTOMER_HK", "satellite_name", "HASHDIFF", "LOAD_DATE", "RECORD_SOURCE") DISABLED
)
ORDER BY "CUSTOMER_HK", "satellite_name", "HASHDIFF", "LOAD_DATE", "RECORD_SOURCE"
SEGMENTED BY HASH("CUSTOMER_HK") ALL NODES
PARTITION BY "LOAD_DATE"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("LOAD_DATE"::DATE, 3, 2);

-- Asked before the first batch only: hashdiffs that are recorded of a satellite and are not those
-- that it stores itself.
SELECT COUNT(*) AS "differing"
FROM "raw_vault"."xts_customer" AS recorded
WHERE recorded."satellite_name" = 'ma_sat_phone'
  AND EXISTS (
    SELECT 1
    FROM "raw_vault"."ma_sat_phone" AS held
    WHERE held."CUSTOMER_HK" = recorded."CUSTOMER_HK"
      AND held."LOAD_DATE" = recorded."LOAD_DATE"
  )
  AND NOT EXISTS (
    SELECT 1
    FROM "raw_vault"."ma_sat_phone" AS held
    WHERE held."CUSTOMER_HK" = recorded."CUSTOMER_HK"
      AND held."LOAD_DATE" = recorded."LOAD_DATE"
      AND held."PHONE_HASHDIFF" = recorded."HASHDIFF"
  );

-- Asked before the first batch only: hashdiffs that are recorded of a satellite and are not those
-- that it stores itself.
SELECT COUNT(*) AS "differing"
FROM "raw_vault"."xts_customer" AS recorded
WHERE recorded."satellite_name" = 'ma_sat_type'
  AND EXISTS (
    SELECT 1
    FROM "raw_vault"."ma_sat_type" AS held
    WHERE held."CUSTOMER_HK" = recorded."CUSTOMER_HK"
      AND held."LOAD_DATE" = recorded."LOAD_DATE"
  )
  AND NOT EXISTS (
    SELECT 1
    FROM "raw_vault"."ma_sat_type" AS held
    WHERE held."CUSTOMER_HK" = recorded."CUSTOMER_HK"
      AND held."LOAD_DATE" = recorded."LOAD_DATE"
      AND held."TYPE_HASHDIFF" = recorded."HASHDIFF"
  );

DROP TABLE IF EXISTS v_temp_schema."xts_customer_staged";

CREATE LOCAL TEMPORARY TABLE "xts_customer_staged" ON COMMIT PRESERVE ROWS AS
SELECT
  "CUSTOMER_HK",
  CAST('ma_sat_phone' AS VARCHAR(1020)) AS "satellite_name",
  "HASHDIFF_ma_sat_phone" AS "HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "stage"."phones"
WHERE "CUSTOMER_HK" IS NOT NULL
UNION
SELECT
  "CUSTOMER_HK",
  CAST('ma_sat_type' AS VARCHAR(1020)) AS "satellite_name",
  "HASHDIFF_ma_sat_type" AS "HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "stage"."phones"
WHERE "CUSTOMER_HK" IS NOT NULL;

DROP TABLE IF EXISTS v_temp_schema."xts_customer_known";

CREATE LOCAL TEMPORARY TABLE "xts_customer_known" ON COMMIT PRESERVE ROWS AS
SELECT
  "CUSTOMER_HK",
  "satellite_name",
  "HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "raw_vault"."xts_customer"
WHERE "CUSTOMER_HK" IN (SELECT "CUSTOMER_HK" FROM "xts_customer_staged")
  AND "LOAD_DATE" IN (SELECT "LOAD_DATE" FROM "xts_customer_staged");

-- Every row that came for one of the satellites, once. Two keys may have one hashdiff: both count.
INSERT /*+LABEL('dv_gen:xts_customer')*/ INTO "raw_vault"."xts_customer" (
  "CUSTOMER_HK",
  "satellite_name",
  "HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
SELECT
  "CUSTOMER_HK",
  "satellite_name",
  "HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "xts_customer_staged" AS staged
WHERE NOT EXISTS (
    SELECT 1
    FROM "xts_customer_known" AS known
    WHERE
      known."CUSTOMER_HK" = staged."CUSTOMER_HK"
      AND known."satellite_name" = staged."satellite_name"
      AND known."HASHDIFF" = staged."HASHDIFF"
      AND known."LOAD_DATE" = staged."LOAD_DATE"
      AND known."RECORD_SOURCE" = staged."RECORD_SOURCE"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('raw_vault.xts_customer');

-- Every arrival of a key in a satellite, and when the next one was.
CREATE OR REPLACE VIEW "raw_vault"."xts_customer_history" AS
SELECT
  "CUSTOMER_HK",
  "satellite_name",
  "HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE",
  LEAD("LOAD_DATE") OVER (PARTITION BY "CUSTOMER_HK", "satellite_name" ORDER BY "LOAD_DATE", "RECORD_SOURCE", "HASHDIFF") AS "LOAD_DATE_end",
  LEAD("LOAD_DATE") OVER (PARTITION BY "CUSTOMER_HK", "satellite_name" ORDER BY "LOAD_DATE", "RECORD_SOURCE", "HASHDIFF") IS NULL AS "is_current"
FROM "raw_vault"."xts_customer";

-- The newest arrival of every key in every satellite.
CREATE OR REPLACE VIEW "raw_vault"."xts_customer_current" AS
SELECT
  "CUSTOMER_HK",
  "satellite_name",
  "HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "raw_vault"."xts_customer_history"
WHERE "is_current";
