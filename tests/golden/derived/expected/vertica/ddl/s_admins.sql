-- satellite s_admins: rendered by dv-gen from metadata/admins.yml:23.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_admins" (
  "hk_l_admins" VARBINARY(16) NOT NULL,
  "is_admin" BOOLEAN,
  "level" INTEGER,
  "valid_to" DATE,
  "label" VARCHAR(160),
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_admins", "load_dt") DISABLED
)
ORDER BY "hk_l_admins", "load_dt"
SEGMENTED BY HASH("hk_l_admins") ALL NODES;
