-- view s_sales: rendered by dv-gen from metadata/sales.yml:23.
-- Edit the metadata or the templates, not this file.

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_sales_history" AS
SELECT
  "hk_sale_id",
  "sold",
  "amount",
  "note",
  "hashdiff",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_sale_id" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_sale_id" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."s_sales";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_sales_current" AS
SELECT
  "hk_sale_id",
  "sold",
  "amount",
  "note",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."s_sales_history"
WHERE "is_current";
