-- hub h_users: rendered by dv-gen from metadata/users.yml:9.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_users" (
  "hk_login" UUID NOT NULL,
  "login" VARCHAR(30),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
