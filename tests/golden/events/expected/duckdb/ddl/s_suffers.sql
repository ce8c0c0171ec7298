-- satellite s_suffers: rendered by dv-gen from metadata/log.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_suffers" (
  "hk_user_id" UUID NOT NULL,
  "suffered" VARCHAR(20),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
