-- hub h_rows: rendered by dv-gen from metadata/users.yml:11.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "dwh"."h_rows" (
  "hub_row_id" CHAR(64) NOT NULL,
  "row_id" CHAR(64),
  "ldts" TIMESTAMP NOT NULL,
  "rsrc" VARCHAR(255) NOT NULL
);
