-- satellite x_crm: rendered by dv-gen from metadata/customers.yml:26.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."x_crm" (
  "hk_customer_id" VARBINARY(16) NOT NULL,
  "satellite_name" VARCHAR(1020) NOT NULL,
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_customer_id", "satellite_name", "hashdiff", "load_dt", "load_src") DISABLED
)
ORDER BY "hk_customer_id", "satellite_name", "hashdiff", "load_dt", "load_src"
SEGMENTED BY HASH("hk_customer_id") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."x_crm_staged";

CREATE LOCAL TEMPORARY TABLE "x_crm_staged" ON COMMIT PRESERVE ROWS AS
SELECT DISTINCT
  "hk_customer_id",
  CAST('s_crm' AS VARCHAR(1020)) AS "satellite_name",
  "hashdiff_s_crm" AS "hashdiff",
  "load_dt",
  "load_src"
FROM "stage"."crm"
WHERE "hk_customer_id" IS NOT NULL;

DROP TABLE IF EXISTS v_temp_schema."x_crm_known";

CREATE LOCAL TEMPORARY TABLE "x_crm_known" ON COMMIT PRESERVE ROWS AS
SELECT
  "hk_customer_id",
  "satellite_name",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."x_crm"
WHERE "hk_customer_id" IN (SELECT "hk_customer_id" FROM "x_crm_staged")
  AND "load_dt" IN (SELECT "load_dt" FROM "x_crm_staged");

-- Every row that came for one of the satellites, once. Two keys may have one hashdiff: both count.
INSERT /*+LABEL('dv_gen:x_crm')*/ INTO "vault"."x_crm" (
  "hk_customer_id",
  "satellite_name",
  "hashdiff",
  "load_dt",
  "load_src"
)
SELECT
  "hk_customer_id",
  "satellite_name",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "x_crm_staged" AS staged
WHERE NOT EXISTS (
    SELECT 1
    FROM "x_crm_known" AS known
    WHERE
      known."hk_customer_id" = staged."hk_customer_id"
      AND known."satellite_name" = staged."satellite_name"
      AND known."hashdiff" = staged."hashdiff"
      AND known."load_dt" = staged."load_dt"
      AND known."load_src" = staged."load_src"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.x_crm');

-- Every arrival of a key in a satellite, and when the next one was.
CREATE OR REPLACE VIEW "vault"."x_crm_history" AS
SELECT
  "hk_customer_id",
  "satellite_name",
  "hashdiff",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_customer_id", "satellite_name" ORDER BY "load_dt", "load_src", "hashdiff") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_customer_id", "satellite_name" ORDER BY "load_dt", "load_src", "hashdiff") IS NULL AS "is_current"
FROM "vault"."x_crm";

-- The newest arrival of every key in every satellite.
CREATE OR REPLACE VIEW "vault"."x_crm_current" AS
SELECT
  "hk_customer_id",
  "satellite_name",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."x_crm_history"
WHERE "is_current";
