-- hub h_products: rendered by dv-gen from metadata/lines.yml:14.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_products" (
  "hk_product_no" UUID NOT NULL,
  "product_no" VARCHAR(20),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
