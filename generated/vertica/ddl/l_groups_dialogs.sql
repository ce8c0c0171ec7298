-- link l_groups_dialogs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:9.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_groups_dialogs" (
  "hk_l_groups_dialogs" VARBINARY(16) NOT NULL,
  "hk_message_id" VARBINARY(16) NOT NULL,
  "hk_group_id" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_groups_dialogs") DISABLED
)
ORDER BY "hk_l_groups_dialogs"
SEGMENTED BY HASH("hk_l_groups_dialogs") ALL NODES;
