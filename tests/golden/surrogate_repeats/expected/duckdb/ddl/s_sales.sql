-- satellite s_sales: rendered by dv-gen from metadata/sales.yml:23.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_sales" (
  "hk_sale_id" UUID NOT NULL,
  "sold" TIMESTAMP,
  "amount" DECIMAL(12, 3),
  "note" VARCHAR(50),
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
