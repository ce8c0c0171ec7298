-- check e_buyer: rendered by dv-gen from metadata/model.yml:44.
-- Edit the metadata or the templates, not this file.
-- Every query returns the rows that should not be: how many, and the first of them.
-- What says 'Batch' looks at the keys in the stage: at the end of every batch.
-- What says 'Vault' reads the whole table: with `dv-gen test` only.

-- Batch: how many rows the next queries may find, one number each. Those with 0 are not asked.
SELECT
  SUM("unique_keys") AS "unique_keys",
  SUM("reconciliation") AS "reconciliation"
FROM (
  -- A staged row finds the one row that opens its relationship; any other has to be looked at.
  SELECT
    COUNT(*) AS "unique_keys",
    COUNT(CASE WHEN held."hk_l_buyer" IS NULL OR held."end_dt" IS NOT NULL THEN 1 END) AS "reconciliation"
  FROM "stage"."orders" AS staged
  LEFT JOIN "vault"."e_buyer" AS held
    ON held."hk_l_buyer" = staged."hk_l_buyer"
    AND held."load_dt" = staged."load_dt"
  UNION ALL
  SELECT -COUNT(*), 0 FROM "stage"."orders"
) AS probed;

-- Batch: rows that share hk_l_buyer, load_dt.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_l_buyer", "load_dt", COUNT(*) AS "rows"
  FROM "vault"."e_buyer"
  WHERE "hk_l_buyer" IN (
    SELECT "hk_l_buyer" FROM "stage"."orders"
  )
  GROUP BY "hk_l_buyer", "load_dt"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_l_buyer", "load_dt"
LIMIT 5;

-- Batch: staged rows whose relationship does not hold at their load date, although they are not in
-- the rejects; and rows that end the one of their driving key, where one holds on.
WITH
"rejected" AS (
  SELECT "source", "row_no", "reason"
  FROM "dv_meta"."rejects"
  WHERE "batch_id" IN (SELECT "batch_id" FROM "dv_meta"."newest_batch")
    AND "phase" = 'load'
    AND "entity" = 'e_buyer'
),
"staged" AS (
  SELECT
    "hk_shop_order_no",
    "hk_l_buyer",
    "load_dt",
    "row_no"
  FROM "stage"."orders"
  WHERE "hk_shop_order_no" IS NOT NULL
),
-- Relationships that do not open with their row: they should hold by then.
"unstored" AS (
  SELECT staged.*
  FROM "staged" AS staged
  LEFT JOIN "vault"."e_buyer" AS held
    ON held."hk_l_buyer" = staged."hk_l_buyer"
    AND held."load_dt" = staged."load_dt"
    AND held."end_dt" IS NULL
  WHERE held."hk_l_buyer" IS NULL
),
"reached" AS (
  SELECT unstored."row_no", MAX(held."load_dt") AS "load_dt"
  FROM "unstored" AS unstored
  JOIN "vault"."e_buyer" AS held
    ON held."hk_l_buyer" = unstored."hk_l_buyer"
    AND held."load_dt" <= unstored."load_dt"
  GROUP BY unstored."row_no"
),
-- What is known at the moment of a row that ends all of its driving key.
"known" AS (
  SELECT ending."row_no", held."hk_l_buyer", MAX(held."load_dt") AS "load_dt"
  FROM "unstored" AS ending
  JOIN "vault"."l_buyer" AS link ON link."hk_shop_order_no" = ending."hk_shop_order_no"
  JOIN "vault"."e_buyer" AS held
    ON held."hk_l_buyer" = link."hk_l_buyer"
    AND held."load_dt" <= ending."load_dt"
  WHERE ending."hk_l_buyer" IS NULL
  GROUP BY ending."row_no", held."hk_l_buyer"
),
"holding_on" AS (
  SELECT DISTINCT known."row_no"
  FROM "known" AS known
  JOIN "vault"."e_buyer" AS held
    ON held."hk_l_buyer" = known."hk_l_buyer"
    AND held."load_dt" = known."load_dt"
  WHERE held."end_dt" IS NULL
),
"settled" AS (
  SELECT unstored."row_no"
  FROM "unstored" AS unstored
  JOIN "reached" AS reached ON reached."row_no" = unstored."row_no"
  JOIN "vault"."e_buyer" AS held
    ON held."hk_l_buyer" = unstored."hk_l_buyer"
    AND held."load_dt" = reached."load_dt"
  WHERE held."end_dt" IS NULL
  UNION
  SELECT "row_no"
  FROM "unstored"
  WHERE "hk_l_buyer" IS NULL
    AND "row_no" NOT IN (SELECT "row_no" FROM "holding_on")
  UNION
  -- Of equal rows one is in the rejects for all.
  SELECT unstored."row_no"
  FROM "unstored" AS unstored
  JOIN "unstored" AS other
    ON other."hk_shop_order_no" = unstored."hk_shop_order_no"
    AND other."load_dt" = unstored."load_dt"
  JOIN "rejected" AS rejected ON rejected."row_no" = other."row_no"
  WHERE NOT (other."hk_l_buyer" IS DISTINCT FROM unstored."hk_l_buyer")
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT unstored."row_no", unstored."hk_shop_order_no", unstored."hk_l_buyer", unstored."load_dt"
  FROM "unstored" AS unstored
  WHERE unstored."row_no" NOT IN (SELECT "row_no" FROM "settled")
) AS found
ORDER BY "row_no"
LIMIT 5;

-- Batch: driving keys with more than one open relationship.
WITH
"states" AS (
  SELECT
    link."hk_shop_order_no",
    state."end_dt",
    ROW_NUMBER() OVER (PARTITION BY state."hk_l_buyer" ORDER BY state."load_dt" DESC) AS "place"
  FROM "vault"."e_buyer" AS state
  JOIN "vault"."l_buyer" AS link ON link."hk_l_buyer" = state."hk_l_buyer"
  WHERE link."hk_shop_order_no" IN (
    SELECT "hk_shop_order_no" FROM "stage"."orders"
  )
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_shop_order_no", COUNT(*) AS "open"
  FROM "states"
  WHERE "place" = 1
    AND "end_dt" IS NULL
  GROUP BY "hk_shop_order_no"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_shop_order_no"
LIMIT 5;

-- Vault: rows that share hk_l_buyer, load_dt.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_l_buyer", "load_dt", COUNT(*) AS "rows"
  FROM "vault"."e_buyer"
  GROUP BY "hk_l_buyer", "load_dt"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_l_buyer", "load_dt"
LIMIT 5;

-- Vault: driving keys with more than one open relationship.
WITH
"states" AS (
  SELECT
    link."hk_shop_order_no",
    state."end_dt",
    ROW_NUMBER() OVER (PARTITION BY state."hk_l_buyer" ORDER BY state."load_dt" DESC) AS "place"
  FROM "vault"."e_buyer" AS state
  JOIN "vault"."l_buyer" AS link ON link."hk_l_buyer" = state."hk_l_buyer"
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_shop_order_no", COUNT(*) AS "open"
  FROM "states"
  WHERE "place" = 1
    AND "end_dt" IS NULL
  GROUP BY "hk_shop_order_no"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_shop_order_no"
LIMIT 5;

-- Vault: rows that refer to a key which is not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'l_buyer' AS "parent", child."hk_l_buyer", child."load_dt"
  FROM "vault"."e_buyer" AS child
  WHERE child."hk_l_buyer" NOT IN (
    SELECT held."hk_l_buyer"
    FROM "vault"."l_buyer" AS held
  )
) AS found
ORDER BY "parent", "hk_l_buyer", "load_dt"
LIMIT 5;
