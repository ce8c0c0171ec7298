-- hub h_shops: rendered by dv-gen from metadata/sales.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_shops" (
  "hk_shop_no" UUID NOT NULL,
  "shop_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
