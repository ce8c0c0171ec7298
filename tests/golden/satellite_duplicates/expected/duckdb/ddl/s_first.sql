-- satellite s_first: rendered by dv-gen from metadata/users.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_first" (
  "hk_login" UUID NOT NULL,
  "active" BOOLEAN,
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
