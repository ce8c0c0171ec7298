-- hub h_places: rendered by dv-gen from metadata/users.yml:10.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_places" (
  "hk_country_zip" UUID NOT NULL,
  "country" VARCHAR(2),
  "zip" VARCHAR(10),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
