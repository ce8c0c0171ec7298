-- check p_order: rendered by dv-gen from metadata/model.yml:58.
-- Edit the metadata or the templates, not this file.
-- Every query returns the rows that should not be: how many, and the first of them.
-- What says 'Vault' reads the whole table: with `dv-gen test` only.

-- Vault: rows that share as_of_dt, hk_shop_order_no.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "as_of_dt", "hk_shop_order_no", COUNT(*) AS "rows"
  FROM "vault"."p_order"
  GROUP BY "as_of_dt", "hk_shop_order_no"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "as_of_dt", "hk_shop_order_no"
LIMIT 5;

-- Vault: rows that refer to a key which is not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'h_order' AS "parent", child."hk_shop_order_no", child."as_of_dt"
  FROM "vault"."p_order" AS child
  WHERE child."hk_shop_order_no" NOT IN (
    SELECT held."hk_shop_order_no"
    FROM "vault"."h_order" AS held
  )
) AS found
ORDER BY "parent", "hk_shop_order_no", "as_of_dt"
LIMIT 5;

-- Vault: rows that point to a row which is not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 't_order' AS "points to", pointing."as_of_dt", pointing."hk_shop_order_no"
  FROM "vault"."p_order" AS pointing
  WHERE NOT EXISTS (
    SELECT 1
    FROM "vault"."t_order" AS held
    WHERE held."hk_shop_order_no" = pointing."t_order_key" AND held."load_dt" = pointing."t_order_load_dt"
  )
    AND pointing."t_order_key" <> '00000000000000000000000000000000'::UUID
) AS found
ORDER BY "points to", "as_of_dt", "hk_shop_order_no"
LIMIT 5;
