-- satellite x_customer: rendered by dv-gen from metadata/customers.yml:25.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."x_customer" (
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

DROP TABLE IF EXISTS v_temp_schema."x_customer_staged";

CREATE LOCAL TEMPORARY TABLE "x_customer_staged" ON COMMIT PRESERVE ROWS AS
SELECT
  "hk_customer_id",
  CAST('s_customer' AS VARCHAR(1020)) AS "satellite_name",
  "hashdiff_s_customer" AS "hashdiff",
  "load_dt",
  "load_src"
FROM "stage"."customers"
WHERE "hk_customer_id" IS NOT NULL
UNION
SELECT
  "hk_customer_id_friend" AS "hk_customer_id",
  CAST('s_friend_of' AS VARCHAR(1020)) AS "satellite_name",
  "hashdiff_s_friend_of" AS "hashdiff",
  "load_dt",
  "load_src"
FROM "stage"."customers"
WHERE "hk_customer_id_friend" IS NOT NULL
UNION
SELECT
  "hk_customer_id",
  CAST('s_crm' AS VARCHAR(1020)) AS "satellite_name",
  "hashdiff_s_crm" AS "hashdiff",
  "load_dt",
  "load_src"
FROM "stage"."crm"
WHERE "hk_customer_id" IS NOT NULL;

DROP TABLE IF EXISTS v_temp_schema."x_customer_known";

CREATE LOCAL TEMPORARY TABLE "x_customer_known" ON COMMIT PRESERVE ROWS AS
SELECT
  "hk_customer_id",
  "satellite_name",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."x_customer"
WHERE "hk_customer_id" IN (SELECT "hk_customer_id" FROM "x_customer_staged")
  AND "load_dt" IN (SELECT "load_dt" FROM "x_customer_staged");

-- Every row that came for one of the satellites, once. Two keys may have one hashdiff: both count.
INSERT /*+LABEL('dv_gen:x_customer')*/ INTO "vault"."x_customer" (
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
FROM "x_customer_staged" AS staged
WHERE NOT EXISTS (
    SELECT 1
    FROM "x_customer_known" AS known
    WHERE
      known."hk_customer_id" = staged."hk_customer_id"
      AND known."satellite_name" = staged."satellite_name"
      AND known."hashdiff" = staged."hashdiff"
      AND known."load_dt" = staged."load_dt"
      AND known."load_src" = staged."load_src"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.x_customer');

-- Every arrival of a key in a satellite, and when the next one was.
CREATE OR REPLACE VIEW "vault"."x_customer_history" AS
SELECT
  "hk_customer_id",
  "satellite_name",
  "hashdiff",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_customer_id", "satellite_name" ORDER BY "load_dt", "load_src", "hashdiff") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_customer_id", "satellite_name" ORDER BY "load_dt", "load_src", "hashdiff") IS NULL AS "is_current"
FROM "vault"."x_customer";

-- The newest arrival of every key in every satellite.
CREATE OR REPLACE VIEW "vault"."x_customer_current" AS
SELECT
  "hk_customer_id",
  "satellite_name",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."x_customer_history"
WHERE "is_current";
