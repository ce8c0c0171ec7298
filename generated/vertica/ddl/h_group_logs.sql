-- hub h_group_logs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:5.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_group_logs" (
  "hk_group_log_id" VARBINARY(16) NOT NULL,
  "group_log_id" VARBINARY(16),
  "datetime" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_group_log_id") DISABLED
)
ORDER BY "hk_group_log_id"
SEGMENTED BY HASH("hk_group_log_id") ALL NODES;
