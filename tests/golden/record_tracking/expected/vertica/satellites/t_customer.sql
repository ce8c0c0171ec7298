-- satellite t_customer: rendered by dv-gen from metadata/customers.yml:22.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."t_customer" (
  "hk_customer_id" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_customer_id", "load_dt", "load_src") DISABLED
)
ORDER BY "hk_customer_id", "load_dt", "load_src"
SEGMENTED BY HASH("hk_customer_id") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."t_customer_staged";

CREATE LOCAL TEMPORARY TABLE "t_customer_staged" ON COMMIT PRESERVE ROWS AS
SELECT
  "hk_customer_id",
  "load_dt",
  "load_src"
FROM "stage"."customers"
WHERE "hk_customer_id" IS NOT NULL
UNION
SELECT
  "hk_customer_id_friend" AS "hk_customer_id",
  "load_dt",
  "load_src"
FROM "stage"."customers"
WHERE "hk_customer_id_friend" IS NOT NULL
UNION
SELECT
  "hk_customer_id",
  "load_dt",
  "load_src"
FROM "stage"."crm"
WHERE "hk_customer_id" IS NOT NULL;

DROP TABLE IF EXISTS v_temp_schema."t_customer_known";

CREATE LOCAL TEMPORARY TABLE "t_customer_known" ON COMMIT PRESERVE ROWS AS
SELECT
  "hk_customer_id",
  "load_dt",
  "load_src"
FROM "vault"."t_customer"
WHERE "hk_customer_id" IN (SELECT "hk_customer_id" FROM "t_customer_staged")
  AND "load_dt" IN (SELECT "load_dt" FROM "t_customer_staged");

-- Every appearance of a key, once: when, and in which record source.
INSERT /*+LABEL('dv_gen:t_customer')*/ INTO "vault"."t_customer" (
  "hk_customer_id",
  "load_dt",
  "load_src"
)
SELECT
  "hk_customer_id",
  "load_dt",
  "load_src"
FROM "t_customer_staged" AS staged
WHERE NOT EXISTS (
    SELECT 1
    FROM "t_customer_known" AS known
    WHERE
      known."hk_customer_id" = staged."hk_customer_id"
      AND known."load_dt" = staged."load_dt"
      AND known."load_src" = staged."load_src"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.t_customer');

-- Every appearance of a key, and when the next one was; of several sources at once the last by name.
CREATE OR REPLACE VIEW "vault"."t_customer_history" AS
SELECT
  "hk_customer_id",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_customer_id" ORDER BY "load_dt", "load_src") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_customer_id" ORDER BY "load_dt", "load_src") IS NULL AS "is_current"
FROM "vault"."t_customer";

-- The newest appearance of every key.
CREATE OR REPLACE VIEW "vault"."t_customer_current" AS
SELECT
  "hk_customer_id",
  "load_dt",
  "load_src"
FROM "vault"."t_customer_history"
WHERE "is_current";
