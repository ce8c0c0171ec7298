-- hub h_users: rendered by dv-gen from metadata/users.yml:9.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_users" (
  "hk_login" VARBINARY(16) NOT NULL,
  "login" VARCHAR(120),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_login") DISABLED
)
ORDER BY "hk_login"
SEGMENTED BY HASH("hk_login") ALL NODES;
