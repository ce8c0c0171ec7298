-- satellite s_users: rendered by dv-gen from metadata/users.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_users" (
  "hk_user_id" UUID NOT NULL,
  "name" VARCHAR(50),
  "height" DECIMAL(3, 2),
  "born" DATE,
  "active" BOOLEAN,
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
