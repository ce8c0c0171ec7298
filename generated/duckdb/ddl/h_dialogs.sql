-- hub h_dialogs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:4.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_dialogs" (
  "hk_message_id" UUID NOT NULL,
  "message_id" INTEGER,
  "message_ts" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
