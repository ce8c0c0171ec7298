-- satellite s_group_name: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:18.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_group_name" (
  "hk_group_id" UUID NOT NULL,
  "group_name" VARCHAR(200),
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
