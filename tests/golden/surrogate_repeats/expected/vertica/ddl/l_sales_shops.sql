-- link l_sales_shops: rendered by dv-gen from metadata/sales.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_sales_shops" (
  "hk_l_sales_shops" VARBINARY(16) NOT NULL,
  "hk_sale_id" VARBINARY(16) NOT NULL,
  "hk_shop_no" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_sales_shops") DISABLED
)
ORDER BY "hk_l_sales_shops"
SEGMENTED BY HASH("hk_l_sales_shops") ALL NODES;
