-- satellite s_stagger: rendered by dv-gen from metadata/users.yml:14.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_stagger" (
  "hk_login" UUID NOT NULL,
  "visits" BIGINT,
  "name" VARCHAR(100),
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
