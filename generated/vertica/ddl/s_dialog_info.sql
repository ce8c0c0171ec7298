-- satellite s_dialog_info: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:21.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_dialog_info" (
  "hk_message_id" VARBINARY(16) NOT NULL,
  "message" VARCHAR(4000),
  "message_from" INTEGER,
  "message_to" INTEGER,
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_message_id", "load_dt") DISABLED
)
ORDER BY "hk_message_id", "load_dt"
SEGMENTED BY HASH("hk_message_id") ALL NODES;
