-- link l_sales_shops: rendered by dv-gen from metadata/sales.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_sales_shops" (
  "hk_l_sales_shops" UUID NOT NULL,
  "hk_sale_id" UUID NOT NULL,
  "hk_shop_no" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
