-- hub h_places: rendered by dv-gen from metadata/users.yml:10.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_places" (
  "hk_country_zip" VARBINARY(16) NOT NULL,
  "country" VARCHAR(8),
  "zip" VARCHAR(40),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_country_zip") DISABLED
)
ORDER BY "hk_country_zip"
SEGMENTED BY HASH("hk_country_zip") ALL NODES;
