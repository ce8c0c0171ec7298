-- mart closed_months: rendered by dv-gen from metadata/model.yml:38.
-- Edit the metadata or the templates, not this file.

CREATE OR REPLACE VIEW "mart"."closed_months" AS
SELECT DATE '2024-03-31' AS closed_on;
