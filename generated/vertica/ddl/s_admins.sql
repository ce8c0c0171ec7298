-- satellite s_admins: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_admins" (
  "hk_l_admins" VARBINARY(16) NOT NULL,
  "is_admin" BOOLEAN,
  "admin_from" TIMESTAMP,
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_admins", "load_dt") DISABLED
)
ORDER BY "hk_l_admins", "load_dt"
SEGMENTED BY HASH("hk_l_admins") ALL NODES;
