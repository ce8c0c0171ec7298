-- link l_user_message: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:8.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_user_message" (
  "hk_l_user_message" VARBINARY(16) NOT NULL,
  "hk_user_id" VARBINARY(16) NOT NULL,
  "hk_message_id" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_user_message") DISABLED
)
ORDER BY "hk_l_user_message"
SEGMENTED BY HASH("hk_l_user_message") ALL NODES;
