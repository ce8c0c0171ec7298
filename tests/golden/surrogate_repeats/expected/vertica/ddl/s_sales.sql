-- satellite s_sales: rendered by dv-gen from metadata/sales.yml:23.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_sales" (
  "hk_sale_id" VARBINARY(16) NOT NULL,
  "sold" TIMESTAMP,
  "amount" DECIMAL(12, 3),
  "note" VARCHAR(200),
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_sale_id", "load_dt") DISABLED
)
ORDER BY "hk_sale_id", "load_dt"
SEGMENTED BY HASH("hk_sale_id") ALL NODES;
