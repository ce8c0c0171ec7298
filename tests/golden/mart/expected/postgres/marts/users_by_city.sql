-- mart users_by_city: rendered by dv-gen from metadata/users.yml:15.
-- Edit the metadata or the templates, not this file.

-- The new rows stand beside the old ones until they are complete.
DROP TABLE IF EXISTS "mart"."users_by_city__new";

CREATE TABLE "mart"."users_by_city__new" AS
SELECT city, COUNT(*) AS users  -- one row a city; those who left count too
FROM "vault"."s_users_current"
WHERE city <> 'it''s; -- not a city' AND city <> ':load_dt'
GROUP BY city;

SELECT "dv_meta"."publish_table"('mart', 'users_by_city', 'users_by_city__new');
