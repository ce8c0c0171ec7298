-- mart users_by_city: rendered by dv-gen from metadata/users.yml:15.
-- Edit the metadata or the templates, not this file.

-- The new rows stand beside the old ones until they are complete.
DROP TABLE IF EXISTS "mart"."users_by_city__new" CASCADE;

CREATE TABLE "mart"."users_by_city__new" AS
SELECT city, COUNT(*) AS users  -- one row a city; those who left count too
FROM "vault"."s_users_current"
WHERE city <> 'it''s; -- not a city' AND city <> ':load_dt'
GROUP BY city;

-- The first time there is nothing to change places with.
CREATE TABLE IF NOT EXISTS "mart"."users_by_city" LIKE "mart"."users_by_city__new";

ALTER TABLE "mart"."users_by_city", "mart"."users_by_city__new", "mart"."users_by_city__old"
RENAME TO "users_by_city__old", "users_by_city", "users_by_city__new";

DROP TABLE IF EXISTS "mart"."users_by_city__new" CASCADE;
