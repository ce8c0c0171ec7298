-- view s_users: rendered by dv-gen from metadata/users.yml:17.
-- Edit the metadata or the templates, not this file.

-- Every version with the half-open interval [ldts, ldts_end) in which it was the newest known.
CREATE OR REPLACE VIEW "dwh"."s_users_history" AS
SELECT
  "hub_login",
  "city",
  "born",
  "hd",
  "ldts",
  "rsrc",
  LEAD("ldts") OVER (PARTITION BY "hub_login" ORDER BY "ldts") AS "ldts_end",
  LEAD("ldts") OVER (PARTITION BY "hub_login" ORDER BY "ldts") IS NULL AS "is_current"
FROM "dwh"."s_users";

-- The newest version of every key.
CREATE OR REPLACE VIEW "dwh"."s_users_current" AS
SELECT
  "hub_login",
  "city",
  "born",
  "hd",
  "ldts",
  "rsrc"
FROM "dwh"."s_users_history"
WHERE "is_current";
