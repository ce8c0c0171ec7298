-- hub h_visits: rendered by dv-gen from metadata/sales.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_visits" (
  "hk_visit_id" UUID NOT NULL,
  "visit_id" UUID,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
