-- link l_group_logs_users: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:11.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_group_logs_users" (
  "hk_l_group_logs_users" UUID NOT NULL,
  "hk_group_log_id" UUID NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
