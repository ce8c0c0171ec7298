-- link l_group_logs_groups: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:12.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_group_logs_groups" (
  "hk_l_group_logs_groups" VARBINARY(16) NOT NULL,
  "hk_group_log_id" VARBINARY(16) NOT NULL,
  "hk_group_id" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_group_logs_groups") DISABLED
)
ORDER BY "hk_l_group_logs_groups"
SEGMENTED BY HASH("hk_l_group_logs_groups") ALL NODES;
