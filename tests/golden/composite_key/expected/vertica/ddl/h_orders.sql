-- hub h_orders: rendered by dv-gen from metadata/orders.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_orders" (
  "hk_company_no_order_no" VARBINARY(16) NOT NULL,
  "company_no" VARCHAR(16),
  "order_no" INTEGER,
  "placed" DATE,
  "rush" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_company_no_order_no") DISABLED
)
ORDER BY "hk_company_no_order_no"
SEGMENTED BY HASH("hk_company_no_order_no") ALL NODES;
