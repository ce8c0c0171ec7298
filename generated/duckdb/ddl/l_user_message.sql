-- link l_user_message: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:8.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_user_message" (
  "hk_l_user_message" UUID NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hk_message_id" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
