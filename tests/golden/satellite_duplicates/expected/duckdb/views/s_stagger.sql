-- view s_stagger: rendered by dv-gen from metadata/users.yml:14.
-- Edit the metadata or the templates, not this file.

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_stagger_history" AS
SELECT
  "hk_login",
  "visits",
  "name",
  "hashdiff",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_login" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_login" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."s_stagger";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_stagger_current" AS
SELECT
  "hk_login",
  "visits",
  "name",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."s_stagger_history"
WHERE "is_current";
