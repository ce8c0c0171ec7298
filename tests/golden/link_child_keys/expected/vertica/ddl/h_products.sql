-- hub h_products: rendered by dv-gen from metadata/lines.yml:14.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_products" (
  "hk_product_no" VARBINARY(16) NOT NULL,
  "product_no" VARCHAR(80),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_product_no") DISABLED
)
ORDER BY "hk_product_no"
SEGMENTED BY HASH("hk_product_no") ALL NODES;
