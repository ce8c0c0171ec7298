-- link l_invited: rendered by dv-gen from metadata/users.yml:14.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "dwh"."l_invited" (
  "hub_l_invited" CHAR(64) NOT NULL,
  "hub_login" CHAR(64) NOT NULL,
  "hub_login_inviter" CHAR(64) NOT NULL,
  "ldts" TIMESTAMP NOT NULL,
  "rsrc" VARCHAR(255) NOT NULL
);
