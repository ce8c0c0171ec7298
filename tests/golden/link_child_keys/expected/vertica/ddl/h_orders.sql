-- hub h_orders: rendered by dv-gen from metadata/lines.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_orders" (
  "hk_order_no" VARBINARY(16) NOT NULL,
  "order_no" VARCHAR(48),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_order_no") DISABLED
)
ORDER BY "hk_order_no"
SEGMENTED BY HASH("hk_order_no") ALL NODES;
