-- satellite s_user_chatinfo: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_user_chatinfo" (
  "hk_user_id" VARBINARY(16) NOT NULL,
  "chat_name" VARCHAR(800),
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_user_id", "load_dt") DISABLED
)
ORDER BY "hk_user_id", "load_dt"
SEGMENTED BY HASH("hk_user_id") ALL NODES;
