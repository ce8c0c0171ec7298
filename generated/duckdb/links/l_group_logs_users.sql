-- link l_group_logs_users: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:11.
-- Edit the metadata or the templates, not this file.

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_group_logs_users" (
  "hk_l_group_logs_users",
  "hk_group_log_id",
  "hk_user_id",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT
    "hk_l_group_logs_users",
    "hk_group_log_id" AS "hk_group_log_id",
    "hk_user_id" AS "hk_user_id",
    "load_dt",
    "load_src",
    1 AS "feed"
  FROM "stage"."group_log"
  WHERE "hk_l_group_logs_users" IS NOT NULL
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_l_group_logs_users"
      ORDER BY "load_dt", "feed", "load_src"
    ) AS "place"
  FROM "staged" AS staged
  WHERE "hk_l_group_logs_users" NOT IN (
    SELECT known."hk_l_group_logs_users"
    FROM "vault"."l_group_logs_users" AS known
    WHERE known."hk_l_group_logs_users" IN (SELECT "hk_l_group_logs_users" FROM "staged")
  )
)
SELECT
  "hk_l_group_logs_users",
  "hk_group_log_id",
  "hk_user_id",
  "load_dt",
  "load_src"
FROM "ranked"
WHERE "place" = 1;
