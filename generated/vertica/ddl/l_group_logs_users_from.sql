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
SEGMENTED BY HASH("hk_l_group_logs_users_from") ALL NODES;
