-- satellite s_users: rendered by dv-gen from metadata/users.yml:12.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_users" (
  "hk_user_id" UUID NOT NULL,
  "city" VARCHAR(50),
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
