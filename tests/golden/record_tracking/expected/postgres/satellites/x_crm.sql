-- satellite x_crm: rendered by dv-gen from metadata/customers.yml:26.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."x_crm" (
  "hk_customer_id" UUID NOT NULL,
  "satellite_name" VARCHAR(255) COLLATE "C" NOT NULL,
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_customer_id", "satellite_name", "hashdiff", "load_dt", "load_src")
);

SELECT "dv_meta"."lift_key"('"vault"."x_crm"');

-- Every row that came for one of the satellites, once. Two keys may have one hashdiff: both count.
INSERT INTO "vault"."x_crm" (
  "hk_customer_id",
  "satellite_name",
  "hashdiff",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT DISTINCT
    "hk_customer_id",
    CAST('s_crm' AS VARCHAR(255)) AS "satellite_name",
    "hashdiff_s_crm" AS "hashdiff",
    "load_dt",
    "load_src"
  FROM "stage"."crm"
  WHERE "hk_customer_id" IS NOT NULL
),
"known" AS (
  SELECT
    "hk_customer_id",
    "satellite_name",
    "hashdiff",
    "load_dt",
    "load_src"
  FROM "vault"."x_crm"
  WHERE "hk_customer_id" IN (SELECT "hk_customer_id" FROM "staged")
    AND "load_dt" IN (SELECT "load_dt" FROM "staged")
)
SELECT
  "hk_customer_id",
  "satellite_name",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "staged" AS staged
WHERE NOT EXISTS (
    SELECT 1
    FROM "known" AS known
    WHERE
      known."hk_customer_id" = staged."hk_customer_id"
      AND known."satellite_name" = staged."satellite_name"
      AND known."hashdiff" = staged."hashdiff"
      AND known."load_dt" = staged."load_dt"
      AND known."load_src" = staged."load_src"
  );

SELECT "dv_meta"."put_key"('"vault"."x_crm"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."x_crm" ("hk_customer_id", "satellite_name", "hashdiff", "load_dt", "load_src");

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
