-- link l_follows: rendered by dv-gen from metadata/orders.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_follows" (
  "hk_l_follows" UUID NOT NULL,
  "hk_company_no_order_no" UUID NOT NULL,
  "hk_company_no_order_no_predecessor" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
