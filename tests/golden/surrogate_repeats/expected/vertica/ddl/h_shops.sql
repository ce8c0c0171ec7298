-- hub h_shops: rendered by dv-gen from metadata/sales.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_shops" (
  "hk_shop_no" VARBINARY(16) NOT NULL,
  "shop_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_shop_no") DISABLED
)
ORDER BY "hk_shop_no"
SEGMENTED BY HASH("hk_shop_no") ALL NODES;
