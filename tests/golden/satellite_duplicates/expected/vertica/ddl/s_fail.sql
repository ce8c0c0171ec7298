-- satellite s_fail: rendered by dv-gen from metadata/users.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_fail" (
  "hk_login" VARBINARY(16) NOT NULL,
  "full_name" VARCHAR(400),
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_login", "load_dt") DISABLED
)
ORDER BY "hk_login", "load_dt"
SEGMENTED BY HASH("hk_login") ALL NODES;
