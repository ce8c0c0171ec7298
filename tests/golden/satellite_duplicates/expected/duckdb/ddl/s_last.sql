-- satellite s_last: rendered by dv-gen from metadata/users.yml:12.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_last" (
  "hk_login" UUID NOT NULL,
  "name" VARCHAR(100),
  "height" DECIMAL(3, 2),
  "born" DATE,
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
