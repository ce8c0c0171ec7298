-- satellite s_users: rendered by dv-gen from metadata/users.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "dwh"."s_users" (
  "hub_login" CHAR(64) NOT NULL,
  "city" VARCHAR(200),
  "born" DATE,
  "hd" CHAR(64) NOT NULL,
  "ldts" TIMESTAMP NOT NULL,
  "rsrc" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hub_login", "ldts") DISABLED
)
ORDER BY "hub_login", "ldts"
SEGMENTED BY HASH("hub_login") ALL NODES;
