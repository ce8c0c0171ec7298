-- hub h_users: rendered by dv-gen from metadata/log.yml:9.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_users" (
  "hk_user_id" UUID NOT NULL,
  "user_id" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
