-- link l_groups_dialogs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:9.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_groups_dialogs" (
  "hk_l_groups_dialogs" UUID NOT NULL,
  "hk_message_id" UUID NOT NULL,
  "hk_group_id" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
