-- satellite s_admins: rendered by dv-gen from metadata/admins.yml:23.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_admins" (
  "hk_l_admins" UUID NOT NULL,
  "is_admin" BOOLEAN,
  "level" SMALLINT,
  "valid_to" DATE,
  "label" VARCHAR(40),
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
