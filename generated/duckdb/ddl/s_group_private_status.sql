-- satellite s_group_private_status: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:19.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_group_private_status" (
  "hk_group_id" UUID NOT NULL,
  "is_private" BOOLEAN,
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
