-- mart big_cities: rendered by dv-gen from metadata/users.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE OR REPLACE VIEW "mart"."big_cities" AS
SELECT city FROM "mart"."users_by_city" WHERE users > 1000 -- the big ones
;
