-- satellite s_user_socdem: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_user_socdem" (
  "hk_user_id" UUID NOT NULL,
  "country" VARCHAR(200),
  "age" INTEGER,
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
