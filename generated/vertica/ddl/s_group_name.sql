-- satellite s_group_name: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:18.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_group_name" (
  "hk_group_id" VARBINARY(16) NOT NULL,
  "group_name" VARCHAR(800),
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_group_id", "load_dt") DISABLED
)
ORDER BY "hk_group_id", "load_dt"
SEGMENTED BY HASH("hk_group_id") ALL NODES;
