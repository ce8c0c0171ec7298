-- hub h_dialogs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:4.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_dialogs" (
  "hk_message_id" VARBINARY(16) NOT NULL,
  "message_id" INTEGER,
  "message_ts" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_message_id") DISABLED
)
ORDER BY "hk_message_id"
SEGMENTED BY HASH("hk_message_id") ALL NODES;
