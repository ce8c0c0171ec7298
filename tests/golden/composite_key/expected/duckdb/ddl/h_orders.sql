-- hub h_orders: rendered by dv-gen from metadata/orders.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_orders" (
  "hk_company_no_order_no" UUID NOT NULL,
  "company_no" VARCHAR(4),
  "order_no" BIGINT,
  "placed" DATE,
  "rush" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
