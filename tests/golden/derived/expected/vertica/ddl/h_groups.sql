-- hub h_groups: rendered by dv-gen from metadata/admins.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_groups" (
  "hk_group_id" VARBINARY(16) NOT NULL,
  "group_id" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_group_id") DISABLED
)
ORDER BY "hk_group_id"
SEGMENTED BY HASH("hk_group_id") ALL NODES;
