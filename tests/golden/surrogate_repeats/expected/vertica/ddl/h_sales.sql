-- hub h_sales: rendered by dv-gen from metadata/sales.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_sales" (
  "hk_sale_id" VARBINARY(16) NOT NULL,
  "sale_id" VARBINARY(16),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_sale_id") DISABLED
)
ORDER BY "hk_sale_id"
SEGMENTED BY HASH("hk_sale_id") ALL NODES;
