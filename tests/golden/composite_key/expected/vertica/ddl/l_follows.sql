-- link l_follows: rendered by dv-gen from metadata/orders.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_follows" (
  "hk_l_follows" VARBINARY(16) NOT NULL,
  "hk_company_no_order_no" VARBINARY(16) NOT NULL,
  "hk_company_no_order_no_predecessor" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_follows") DISABLED
)
ORDER BY "hk_l_follows"
SEGMENTED BY HASH("hk_l_follows") ALL NODES;
