-- satellite s_last: rendered by dv-gen from metadata/users.yml:12.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_last" (
  "hk_login" VARBINARY(16) NOT NULL,
  "name" VARCHAR(400),
  "height" DECIMAL(3, 2),
  "born" DATE,
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_login", "load_dt") DISABLED
)
ORDER BY "hk_login", "load_dt"
SEGMENTED BY HASH("hk_login") ALL NODES;
