-- hub h_rows: rendered by dv-gen from metadata/users.yml:11.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "dwh"."h_rows" (
  "hub_row_id" CHAR(64) NOT NULL,
  "row_id" CHAR(64),
  "ldts" TIMESTAMP NOT NULL,
  "rsrc" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hub_row_id") DISABLED
)
ORDER BY "hub_row_id"
SEGMENTED BY HASH("hub_row_id") ALL NODES;
