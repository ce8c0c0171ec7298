-- check b_person: rendered by dv-gen from metadata/model.yml:61.
-- Edit the metadata or the templates, not this file.
-- Every query returns the rows that should not be: how many, and the first of them.
-- What says 'Vault' reads the whole table: with `dv-gen test` only.

-- Vault: rows that share as_of_dt, hk_l_buyer.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "as_of_dt", "hk_l_buyer", COUNT(*) AS "rows"
  FROM "vault"."b_person"
  GROUP BY "as_of_dt", "hk_l_buyer"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "as_of_dt", "hk_l_buyer"
LIMIT 5;

-- Vault: rows that refer to a key which is not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'h_person' AS "parent", child."hk_person", child."as_of_dt"
  FROM "vault"."b_person" AS child
  WHERE child."hk_person" NOT IN (
    SELECT held."hk_person"
    FROM "vault"."h_person" AS held
  )
) AS found
ORDER BY "parent", "hk_person", "as_of_dt"
LIMIT 5;

-- Vault: rows that point to a row which is not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'l_buyer' AS "points to", pointing."as_of_dt", pointing."hk_l_buyer"
  FROM "vault"."b_person" AS pointing
  WHERE NOT EXISTS (
    SELECT 1
    FROM "vault"."l_buyer" AS held
    WHERE held."hk_l_buyer" = pointing."hk_l_buyer"
  )
) AS found
ORDER BY "points to", "as_of_dt", "hk_l_buyer"
LIMIT 5;
