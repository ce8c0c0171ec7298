-- hub h_users: rendered by dv-gen from metadata/users.yml:10.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "dwh"."h_users" (
  "hub_login" CHAR(64) NOT NULL,
  "login" VARCHAR(20),
  "ldts" TIMESTAMP NOT NULL,
  "rsrc" VARCHAR(255) NOT NULL
);
