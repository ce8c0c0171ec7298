-- check h_order: rendered by dv-gen from metadata/model.yml:31.
-- Edit the metadata or the templates, not this file.
-- Every query returns the rows that should not be: how many, and the first of them.
-- What says 'Batch' looks at the keys in the stage: at the end of every batch.
-- What says 'Vault' reads the whole table: with `dv-gen test` only.

-- Batch: staged rows that share their key, but are not in the table of those that do.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT staged."row_no", staged."hk_shop_order_no"
  FROM "stage"."orders" AS staged
  JOIN (
    SELECT "hk_shop_order_no" FROM "stage"."orders" WHERE "hk_shop_order_no" IS NOT NULL GROUP BY "hk_shop_order_no" HAVING COUNT(*) > 1
  ) AS repeated ON repeated."hk_shop_order_no" = staged."hk_shop_order_no"
  WHERE staged."row_no" NOT IN (SELECT "row_no" FROM "stage"."orders_repeats")
) AS found
ORDER BY "row_no"
LIMIT 5;

-- Batch: staged rows that share their key, but are not in the table of those that do.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT staged."row_no", staged."hk_shop_order_no"
  FROM "stage"."deals" AS staged
  JOIN (
    SELECT "hk_shop_order_no" FROM "stage"."deals" WHERE "hk_shop_order_no" IS NOT NULL GROUP BY "hk_shop_order_no" HAVING COUNT(*) > 1
  ) AS repeated ON repeated."hk_shop_order_no" = staged."hk_shop_order_no"
  WHERE staged."row_no" NOT IN (SELECT "row_no" FROM "stage"."deals_repeats")
) AS found
ORDER BY "row_no"
LIMIT 5;

-- Batch: how many rows the next queries may find, one number each. Those with 0 are not asked.
SELECT
  SUM("unique_keys") AS "unique_keys",
  SUM("hash_collisions") AS "hash_collisions",
  SUM("reconciliation") AS "reconciliation"
FROM (
  -- A staged key finds one row of the hub, not more.
  SELECT
    COUNT(*) AS "unique_keys",
    COUNT(CASE WHEN held."hk_shop_order_no" IS NOT NULL AND (UPPER(TRIM(BOTH ' ' FROM held."shop")) IS DISTINCT FROM UPPER(TRIM(BOTH ' ' FROM staged."shop")) OR held."order_no" IS DISTINCT FROM staged."order_no") THEN 1 END) AS "hash_collisions",
    COUNT(CASE WHEN held."hk_shop_order_no" IS NULL THEN 1 END) AS "reconciliation"
  FROM (
    SELECT
      'orders' AS "source",
      "hk_shop_order_no",
      "shop",
      "nr" AS "order_no"
    FROM "stage"."orders"
    WHERE "hk_shop_order_no" IS NOT NULL
    UNION ALL
    SELECT
      'deals' AS "source",
      "hk_shop_order_no",
      "shop",
      "nr" AS "order_no"
    FROM "stage"."deals"
    WHERE "hk_shop_order_no" IS NOT NULL
  ) AS staged
  LEFT JOIN "vault"."h_order" AS held ON held."hk_shop_order_no" = staged."hk_shop_order_no"
  UNION ALL
  SELECT -COUNT("hk_shop_order_no"), 0, 0 FROM "stage"."orders"
  UNION ALL
  SELECT -COUNT("hk_shop_order_no"), 0, 0 FROM "stage"."deals"
) AS probed;

-- Batch: hash keys that the hub holds more than once.
WITH
"staged" AS (
  SELECT
    'orders' AS "source",
    "hk_shop_order_no",
    "shop",
    "nr" AS "order_no"
  FROM "stage"."orders"
  WHERE "hk_shop_order_no" IS NOT NULL
  UNION ALL
  SELECT
    'deals' AS "source",
    "hk_shop_order_no",
    "shop",
    "nr" AS "order_no"
  FROM "stage"."deals"
  WHERE "hk_shop_order_no" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_shop_order_no", COUNT(*) AS "rows"
  FROM "vault"."h_order"
  WHERE "hk_shop_order_no" IN (SELECT "hk_shop_order_no" FROM "staged")
  GROUP BY "hk_shop_order_no"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_shop_order_no"
LIMIT 5;

-- Batch: staged keys of which the hub holds the hash key with another business key.
WITH
"staged" AS (
  SELECT
    'orders' AS "source",
    "hk_shop_order_no",
    "shop",
    "nr" AS "order_no"
  FROM "stage"."orders"
  WHERE "hk_shop_order_no" IS NOT NULL
  UNION ALL
  SELECT
    'deals' AS "source",
    "hk_shop_order_no",
    "shop",
    "nr" AS "order_no"
  FROM "stage"."deals"
  WHERE "hk_shop_order_no" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT DISTINCT
    staged."source",
    staged."hk_shop_order_no",
    staged."shop",
    staged."order_no",
    held."shop" AS "shop in hub",
    held."order_no" AS "order_no in hub"
  FROM "staged" AS staged
  JOIN "vault"."h_order" AS held ON held."hk_shop_order_no" = staged."hk_shop_order_no"
  WHERE (UPPER(TRIM(BOTH ' ' FROM held."shop")) IS DISTINCT FROM UPPER(TRIM(BOTH ' ' FROM staged."shop")) OR held."order_no" IS DISTINCT FROM staged."order_no")
) AS found
ORDER BY "source", "hk_shop_order_no"
LIMIT 5;

-- Batch: staged keys that the hub lacks.
WITH
"staged" AS (
  SELECT
    'orders' AS "source",
    "hk_shop_order_no",
    "shop",
    "nr" AS "order_no"
  FROM "stage"."orders"
  WHERE "hk_shop_order_no" IS NOT NULL
  UNION ALL
  SELECT
    'deals' AS "source",
    "hk_shop_order_no",
    "shop",
    "nr" AS "order_no"
  FROM "stage"."deals"
  WHERE "hk_shop_order_no" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT DISTINCT staged."source", staged."hk_shop_order_no", staged."shop", staged."order_no"
  FROM "staged" AS staged
  WHERE staged."hk_shop_order_no" NOT IN (
    SELECT held."hk_shop_order_no"
    FROM "vault"."h_order" AS held
    WHERE held."hk_shop_order_no" IN (SELECT "hk_shop_order_no" FROM "staged")
  )
) AS found
ORDER BY "source", "hk_shop_order_no", "shop", "order_no"
LIMIT 5;

-- Vault: hash keys that the hub holds more than once.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_shop_order_no", COUNT(*) AS "rows"
  FROM "vault"."h_order"
  GROUP BY "hk_shop_order_no"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_shop_order_no"
LIMIT 5;

-- Vault: business keys that the hub holds more than once; texts are compared as they are hashed.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "shop", "order_no", COUNT(*) AS "rows"
  FROM (
    SELECT
      UPPER(TRIM(BOTH ' ' FROM "shop")) AS "shop",
      "order_no" AS "order_no"
    FROM "vault"."h_order"
  ) AS held
  GROUP BY "shop", "order_no"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "shop", "order_no"
LIMIT 5;
