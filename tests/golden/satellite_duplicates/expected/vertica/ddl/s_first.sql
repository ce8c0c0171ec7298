-- satellite s_first: rendered by dv-gen from metadata/users.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_first" (
  "hk_login" VARBINARY(16) NOT NULL,
  "active" BOOLEAN,
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_login", "load_dt") DISABLED
)
ORDER BY "hk_login", "load_dt"
SEGMENTED BY HASH("hk_login") ALL NODES;
