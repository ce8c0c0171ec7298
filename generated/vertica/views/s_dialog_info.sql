-- view s_dialog_info: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:21.
-- Edit the metadata or the templates, not this file.

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_dialog_info_history" AS
SELECT
  "hk_message_id",
  "message",
  "message_from",
  "message_to",
  "hashdiff",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_message_id" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_message_id" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."s_dialog_info";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_dialog_info_current" AS
SELECT
  "hk_message_id",
  "message",
  "message_from",
  "message_to",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."s_dialog_info_history"
WHERE "is_current";
