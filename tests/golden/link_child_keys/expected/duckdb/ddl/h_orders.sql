-- hub h_orders: rendered by dv-gen from metadata/lines.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_orders" (
  "hk_order_no" UUID NOT NULL,
  "order_no" VARCHAR(12),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
