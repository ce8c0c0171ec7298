-- hub h_tenants: rendered by dv-gen from metadata/admins.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_tenants" (
  "hk_tenant" UUID NOT NULL,
  "tenant" VARCHAR(28),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
