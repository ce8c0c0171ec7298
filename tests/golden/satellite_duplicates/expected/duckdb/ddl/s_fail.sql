-- satellite s_fail: rendered by dv-gen from metadata/users.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_fail" (
  "hk_login" UUID NOT NULL,
  "full_name" VARCHAR(100),
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
