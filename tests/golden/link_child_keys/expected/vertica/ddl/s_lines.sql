-- satellite s_lines: rendered by dv-gen from metadata/lines.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_lines" (
  "hk_l_lines" VARBINARY(16) NOT NULL,
  "price" DECIMAL(10, 2),
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_lines", "load_dt") DISABLED
)
ORDER BY "hk_l_lines", "load_dt"
SEGMENTED BY HASH("hk_l_lines") ALL NODES;
