-- satellite s_group_private_status: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:19.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_group_private_status" (
  "hk_group_id" VARBINARY(16) NOT NULL,
  "is_private" BOOLEAN,
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_group_id", "load_dt") DISABLED
)
ORDER BY "hk_group_id", "load_dt"
SEGMENTED BY HASH("hk_group_id") ALL NODES;
