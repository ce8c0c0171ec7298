-- link l_group_logs_users: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:11.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_group_logs_users" (
  "hk_l_group_logs_users" UUID NOT NULL,
  "hk_group_log_id" UUID NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_group_logs_users")
);

SELECT "dv_meta"."lift_key"('"vault"."l_group_logs_users"');

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_group_logs_users" (
  "hk_l_group_logs_users",
  "hk_group_log_id",
  "hk_user_id",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_group_logs_users" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."group_log"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."group_log_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_group_logs_users",
  "hk_group_log_id",
  "hk_user_id",
  "load_dt",
  "load_src"
FROM "stage"."group_log" AS staged
WHERE "hk_l_group_logs_users" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_group_logs_users" NOT IN (
    SELECT known."hk_l_group_logs_users"
    FROM "vault"."l_group_logs_users" AS known
    WHERE known."hk_l_group_logs_users" IN (SELECT "hk_l_group_logs_users" FROM "stage"."group_log")
  );

SELECT "dv_meta"."put_key"('"vault"."l_group_logs_users"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_group_logs_users" ("hk_l_group_logs_users", "hk_group_log_id", "hk_user_id", "load_dt", "load_src");
