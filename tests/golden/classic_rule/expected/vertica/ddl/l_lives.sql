-- link l_lives: rendered by dv-gen from metadata/users.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_lives" (
  "hk_l_lives" VARBINARY(16) NOT NULL,
  "hk_user_id" VARBINARY(16) NOT NULL,
  "hk_country_zip" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_lives") DISABLED
)
ORDER BY "hk_l_lives"
SEGMENTED BY HASH("hk_l_lives") ALL NODES;
