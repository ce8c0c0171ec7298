-- link l_admins: rendered by dv-gen from metadata/admins.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_admins" (
  "hk_l_admins" VARBINARY(16) NOT NULL,
  "hk_user_id" VARBINARY(16) NOT NULL,
  "hk_group_id" VARBINARY(16) NOT NULL,
  "hk_tenant" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_admins") DISABLED
)
ORDER BY "hk_l_admins"
SEGMENTED BY HASH("hk_l_admins") ALL NODES;
