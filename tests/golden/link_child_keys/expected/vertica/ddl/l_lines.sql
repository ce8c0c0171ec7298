-- link l_lines: rendered by dv-gen from metadata/lines.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_lines" (
  "hk_l_lines" VARBINARY(16) NOT NULL,
  "hk_order_no" VARBINARY(16) NOT NULL,
  "hk_product_no" VARBINARY(16) NOT NULL,
  "line_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_lines") DISABLED
)
ORDER BY "hk_l_lines"
SEGMENTED BY HASH("hk_l_lines") ALL NODES;
