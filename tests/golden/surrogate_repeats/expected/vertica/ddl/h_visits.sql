-- hub h_visits: rendered by dv-gen from metadata/sales.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_visits" (
  "hk_visit_id" VARBINARY(16) NOT NULL,
  "visit_id" VARBINARY(16),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_visit_id") DISABLED
)
ORDER BY "hk_visit_id"
SEGMENTED BY HASH("hk_visit_id") ALL NODES;
