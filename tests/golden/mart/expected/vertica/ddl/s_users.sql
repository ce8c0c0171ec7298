-- satellite s_users: rendered by dv-gen from metadata/users.yml:12.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_users" (
  "hk_user_id" VARBINARY(16) NOT NULL,
  "city" VARCHAR(200),
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_user_id", "load_dt") DISABLED
)
ORDER BY "hk_user_id", "load_dt"
SEGMENTED BY HASH("hk_user_id") ALL NODES;
