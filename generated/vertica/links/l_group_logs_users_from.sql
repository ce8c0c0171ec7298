-- link l_group_logs_users_from: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_group_logs_users_from" (
  "hk_l_group_logs_users_from" VARBINARY(16) NOT NULL,
  "hk_group_log_id" VARBINARY(16) NOT NULL,
  "hk_user_id" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_group_logs_users_from") DISABLED
)
ORDER BY "hk_l_group_logs_users_from"
SEGMENTED BY HASH("hk_l_group_logs_users_from") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_group_logs_users_from_repeats";

CREATE LOCAL TEMPORARY TABLE "l_group_logs_users_from_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_group_logs_users_from" ORDER BY "load_dt", "load_src") AS "place no"
  FROM "stage"."group_log"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."group_log_repeats")
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_group_logs_users_from')*/ INTO "vault"."l_group_logs_users_from" (
  "hk_l_group_logs_users_from",
  "hk_group_log_id",
  "hk_user_id",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_group_logs_users_from",
  "hk_group_log_id",
  "hk_user_id_inviter" AS "hk_user_id",
  "load_dt",
  "load_src"
FROM "stage"."group_log" AS staged
WHERE "hk_l_group_logs_users_from" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_group_logs_users_from_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_group_logs_users_from" AS known
    WHERE known."hk_l_group_logs_users_from" = staged."hk_l_group_logs_users_from"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_group_logs_users_from');
