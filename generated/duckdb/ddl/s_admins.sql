-- satellite s_admins: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_admins" (
  "hk_l_admins" UUID NOT NULL,
  "is_admin" BOOLEAN,
  "admin_from" TIMESTAMP,
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
