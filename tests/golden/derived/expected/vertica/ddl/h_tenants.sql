-- hub h_tenants: rendered by dv-gen from metadata/admins.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_tenants" (
  "hk_tenant" VARBINARY(16) NOT NULL,
  "tenant" VARCHAR(112),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_tenant") DISABLED
)
ORDER BY "hk_tenant"
SEGMENTED BY HASH("hk_tenant") ALL NODES;
