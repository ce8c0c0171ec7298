-- satellite t_friends: rendered by dv-gen from metadata/customers.yml:24.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."t_friends" (
  "hk_l_friend" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_friend", "load_dt", "load_src") DISABLED
)
ORDER BY "hk_l_friend", "load_dt", "load_src"
SEGMENTED BY HASH("hk_l_friend") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."t_friends_staged";

CREATE LOCAL TEMPORARY TABLE "t_friends_staged" ON COMMIT PRESERVE ROWS AS
SELECT DISTINCT
  "hk_l_friend",
  "load_dt",
  "load_src"
FROM "stage"."customers"
WHERE "hk_l_friend" IS NOT NULL;

DROP TABLE IF EXISTS v_temp_schema."t_friends_known";

CREATE LOCAL TEMPORARY TABLE "t_friends_known" ON COMMIT PRESERVE ROWS AS
SELECT
  "hk_l_friend",
  "load_dt",
  "load_src"
FROM "vault"."t_friends"
WHERE "hk_l_friend" IN (SELECT "hk_l_friend" FROM "t_friends_staged")
  AND "load_dt" IN (SELECT "load_dt" FROM "t_friends_staged");

-- Every appearance of a key, once: when, and in which record source.
INSERT /*+LABEL('dv_gen:t_friends')*/ INTO "vault"."t_friends" (
  "hk_l_friend",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_friend",
  "load_dt",
  "load_src"
FROM "t_friends_staged" AS staged
WHERE NOT EXISTS (
    SELECT 1
    FROM "t_friends_known" AS known
    WHERE
      known."hk_l_friend" = staged."hk_l_friend"
      AND known."load_dt" = staged."load_dt"
      AND known."load_src" = staged."load_src"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.t_friends');

-- Every appearance of a key, and when the next one was; of several sources at once the last by name.
CREATE OR REPLACE VIEW "vault"."t_friends_history" AS
SELECT
  "hk_l_friend",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_l_friend" ORDER BY "load_dt", "load_src") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_l_friend" ORDER BY "load_dt", "load_src") IS NULL AS "is_current"
FROM "vault"."t_friends";

-- The newest appearance of every key.
CREATE OR REPLACE VIEW "vault"."t_friends_current" AS
SELECT
  "hk_l_friend",
  "load_dt",
  "load_src"
FROM "vault"."t_friends_history"
WHERE "is_current";
