-- hub h_group_logs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:5.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_group_logs" (
  "hk_group_log_id" UUID NOT NULL,
  "group_log_id" UUID,
  "datetime" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
