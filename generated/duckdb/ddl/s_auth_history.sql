-- satellite s_auth_history: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:22.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_auth_history" (
  "hk_group_log_id" UUID NOT NULL,
  "user_id_from" INTEGER,
  "event" VARCHAR(20),
  "event_dt" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
