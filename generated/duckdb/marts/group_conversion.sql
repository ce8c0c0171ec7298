-- mart group_conversion: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:25.
-- Edit the metadata or the templates, not this file.

-- The new rows stand beside the old ones until they are complete.
DROP TABLE IF EXISTS "mart"."group_conversion__new";

CREATE TABLE "mart"."group_conversion__new" AS
SELECT * FROM (
-- Of the users who joined one of the ten oldest groups, how many wrote there?
WITH registered AS (  -- a group first met in the log has its date from groups.csv later
  SELECT hk_group_id, MIN(admin_from) AS registration_dt
  FROM "vault"."l_admins" JOIN "vault"."s_admins" USING (hk_l_admins)
  GROUP BY hk_group_id
), oldest AS (
  SELECT hk_group_id, g.group_id, COALESCE(g.registration_dt, r.registration_dt) AS registration_dt
  FROM "vault"."h_groups" AS g LEFT JOIN registered AS r USING (hk_group_id)
  ORDER BY COALESCE(g.registration_dt, r.registration_dt, TIMESTAMP '9999-12-31 00:00:00'), g.group_id
  LIMIT 10
), joined AS (
  SELECT DISTINCT hk_group_id, hk_user_id
  FROM "vault"."s_auth_history"
  JOIN "vault"."l_group_logs_groups" USING (hk_group_log_id)
  JOIN "vault"."l_group_logs_users" USING (hk_group_log_id)
  WHERE event = 'add' AND hk_group_id IN (SELECT hk_group_id FROM oldest)
), wrote AS (
  SELECT DISTINCT hk_group_id, hk_user_id
  FROM "vault"."l_groups_dialogs" JOIN "vault"."l_user_message" USING (hk_message_id)
  WHERE hk_group_id IN (SELECT hk_group_id FROM oldest)
), counted AS (
  SELECT hk_group_id, COUNT(j.hk_user_id) AS added, COUNT(w.hk_user_id) AS wrote
  FROM oldest LEFT JOIN joined AS j USING (hk_group_id)
  LEFT JOIN wrote AS w USING (hk_group_id, hk_user_id)
  GROUP BY hk_group_id
)
SELECT
  o.group_id, n.group_name, o.registration_dt,
  c.added AS cnt_added_users,
  c.wrote AS cnt_users_in_group_with_messages,
  CAST(c.wrote AS DOUBLE PRECISION) / NULLIF(c.added, 0) AS group_conversion
FROM oldest AS o
JOIN counted AS c USING (hk_group_id)
LEFT JOIN "vault"."s_group_name_current" AS n USING (hk_group_id)
) AS "rows"
ORDER BY group_conversion IS NULL, group_conversion DESC, group_id;

DROP TABLE IF EXISTS "mart"."group_conversion";

ALTER TABLE "mart"."group_conversion__new" RENAME TO "group_conversion";
