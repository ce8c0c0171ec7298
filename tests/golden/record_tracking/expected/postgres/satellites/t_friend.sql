-- satellite t_friend: rendered by dv-gen from metadata/customers.yml:23.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."t_friend" (
  "hk_customer_id" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_customer_id", "load_dt", "load_src")
);

SELECT "dv_meta"."lift_key"('"vault"."t_friend"');

-- Every appearance of a key, once: when, and in which record source.
INSERT INTO "vault"."t_friend" (
  "hk_customer_id",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT DISTINCT
    "hk_customer_id_friend" AS "hk_customer_id",
    "load_dt",
    "load_src"
  FROM "stage"."customers"
  WHERE "hk_customer_id_friend" IS NOT NULL
),
"known" AS (
  SELECT
    "hk_customer_id",
    "load_dt",
    "load_src"
  FROM "vault"."t_friend"
  WHERE "hk_customer_id" IN (SELECT "hk_customer_id" FROM "staged")
    AND "load_dt" IN (SELECT "load_dt" FROM "staged")
)
SELECT
  "hk_customer_id",
  "load_dt",
  "load_src"
FROM "staged" AS staged
WHERE NOT EXISTS (
    SELECT 1
    FROM "known" AS known
    WHERE
      known."hk_customer_id" = staged."hk_customer_id"
      AND known."load_dt" = staged."load_dt"
      AND known."load_src" = staged."load_src"
  );

SELECT "dv_meta"."put_key"('"vault"."t_friend"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."t_friend" ("hk_customer_id", "load_dt", "load_src");

-- Every appearance of a key, and when the next one was; of several sources at once the last by name.
CREATE OR REPLACE VIEW "vault"."t_friend_history" AS
SELECT
  "hk_customer_id",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_customer_id" ORDER BY "load_dt", "load_src") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_customer_id" ORDER BY "load_dt", "load_src") IS NULL AS "is_current"
FROM "vault"."t_friend";

-- The newest appearance of every key.
CREATE OR REPLACE VIEW "vault"."t_friend_current" AS
SELECT
  "hk_customer_id",
  "load_dt",
  "load_src"
FROM "vault"."t_friend_history"
WHERE "is_current";
