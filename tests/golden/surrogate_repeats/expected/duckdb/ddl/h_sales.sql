-- hub h_sales: rendered by dv-gen from metadata/sales.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_sales" (
  "hk_sale_id" UUID NOT NULL,
  "sale_id" UUID,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
