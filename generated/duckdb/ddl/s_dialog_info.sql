-- satellite s_dialog_info: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:21.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_dialog_info" (
  "hk_message_id" UUID NOT NULL,
  "message" VARCHAR(1000),
  "message_from" INTEGER,
  "message_to" INTEGER,
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
