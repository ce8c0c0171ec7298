-- hub h_groups: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:3.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_groups" (
  "hk_group_id" UUID NOT NULL,
  "group_id" INTEGER,
  "registration_dt" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
