-- satellite s_user_chatinfo: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_user_chatinfo" (
  "hk_user_id" UUID NOT NULL,
  "chat_name" VARCHAR(200),
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
