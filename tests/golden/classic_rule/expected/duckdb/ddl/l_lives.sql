-- link l_lives: rendered by dv-gen from metadata/users.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_lives" (
  "hk_l_lives" UUID NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hk_country_zip" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
