-- check l_deal: rendered by dv-gen from metadata/model.yml:35.
-- Edit the metadata or the templates, not this file.
-- Every query returns the rows that should not be: how many, and the first of them.
-- What says 'Batch' looks at the keys in the stage: at the end of every batch.
-- What says 'Vault' reads the whole table: with `dv-gen test` only.

-- Batch: 1 where the table holds every staged row once and nothing else, as after a first load: then
-- the probe and what it probes for would find nothing, and are not asked.
SELECT
  CASE
    WHEN staged."rows" = held."rows"
      AND staged."prints" = held."prints"
      AND held."rows" = whole."rows"
    THEN 1
    ELSE 0
  END AS "mirror"
FROM (
  SELECT COUNT(*) AS "rows", SUM("print") AS "prints"
  FROM (
    SELECT HASH("hk_l_deal", "hk_person", "hk_shop_order_no") AS "print"
    FROM "stage"."deals" AS staged
    WHERE "hk_l_deal" IS NOT NULL AND "row_no" NOT IN (SELECT "row_no" FROM "stage"."deals_repeats")
    UNION ALL
    SELECT CASE WHEN MIN("print") = MAX("print") THEN MIN("print") END
    FROM (
      SELECT "hk_l_deal" AS "key", HASH("hk_l_deal", "hk_person", "hk_shop_order_no") AS "print"
      FROM "stage"."deals" AS staged
      WHERE "hk_l_deal" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "stage"."deals_repeats")
    ) AS repeated
    GROUP BY "key"
  ) AS printed
) AS staged
CROSS JOIN (
  SELECT COUNT(*) AS "rows", SUM(HASH(held."hk_l_deal", held."hk_person", held."hk_shop_order_no")) AS "prints"
  FROM "vault"."l_deal" AS held
  WHERE "load_dt" IN (SELECT DISTINCT "load_dt" FROM "stage"."deals")
) AS held
CROSS JOIN (SELECT COUNT(*) AS "rows" FROM "vault"."l_deal") AS whole;

-- Batch: how many rows the next queries may find, one number each. Those with 0 are not asked.
SELECT
  SUM("unique_keys") AS "unique_keys",
  SUM("reconciliation") AS "reconciliation"
FROM (
  -- A staged relationship finds one row of the link, not more.
  SELECT
    COUNT(*) AS "unique_keys",
    COUNT(
      CASE
        WHEN held."hk_l_deal" IS NULL
          OR held."hk_person" <> staged."hk_person"
          OR held."hk_shop_order_no" <> staged."hk_shop_order_no"
        THEN 1
      END
    ) AS "reconciliation"
  FROM (
    SELECT
      'deals' AS "source",
      "hk_l_deal",
      "hk_person",
      "hk_shop_order_no"
    FROM "stage"."deals"
    WHERE "hk_l_deal" IS NOT NULL
  ) AS staged
  LEFT JOIN "vault"."l_deal" AS held ON held."hk_l_deal" = staged."hk_l_deal"
  UNION ALL
  SELECT -COUNT("hk_l_deal"), 0 FROM "stage"."deals"
) AS probed;

-- Batch: hash keys that the link holds more than once.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_l_deal", COUNT(*) AS "rows"
  FROM "vault"."l_deal"
  WHERE "hk_l_deal" IN (
    SELECT "hk_l_deal" FROM "stage"."deals"
  )
  GROUP BY "hk_l_deal"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_l_deal"
LIMIT 5;

-- Batch: staged relationships that the link lacks, or holds between other keys.
WITH
"staged" AS (
  SELECT
    'deals' AS "source",
    "hk_l_deal",
    "hk_person",
    "hk_shop_order_no"
  FROM "stage"."deals"
  WHERE "hk_l_deal" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT DISTINCT
    staged."source", staged."hk_l_deal", staged."hk_person", staged."hk_shop_order_no",
    CASE WHEN held."hk_l_deal" IS NULL THEN 'missing' ELSE 'other keys' END AS "found"
  FROM "staged" AS staged
  LEFT JOIN "vault"."l_deal" AS held ON held."hk_l_deal" = staged."hk_l_deal"
  WHERE held."hk_l_deal" IS NULL
    OR held."hk_person" <> staged."hk_person"
    OR held."hk_shop_order_no" <> staged."hk_shop_order_no"
) AS found
ORDER BY "source", "hk_l_deal", "hk_person", "hk_shop_order_no"
LIMIT 5;

-- Vault: hash keys that the link holds more than once.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_l_deal", COUNT(*) AS "rows"
  FROM "vault"."l_deal"
  GROUP BY "hk_l_deal"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_l_deal"
LIMIT 5;

-- Vault: relationships that the link holds more than once; texts are compared as they are hashed.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_person", "hk_shop_order_no", COUNT(*) AS "rows"
  FROM (
    SELECT
      "hk_person" AS "hk_person",
      "hk_shop_order_no" AS "hk_shop_order_no"
    FROM "vault"."l_deal"
  ) AS held
  GROUP BY "hk_person", "hk_shop_order_no"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_person", "hk_shop_order_no"
LIMIT 5;

-- Vault: rows that refer to a key which is not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'h_person' AS "parent", child."hk_l_deal", child."hk_person", child."hk_shop_order_no"
  FROM "vault"."l_deal" AS child
  WHERE child."hk_person" NOT IN (
    SELECT held."hk_person"
    FROM "vault"."h_person" AS held
  )
  UNION ALL
  SELECT 'h_order' AS "parent", child."hk_l_deal", child."hk_person", child."hk_shop_order_no"
  FROM "vault"."l_deal" AS child
  WHERE child."hk_shop_order_no" NOT IN (
    SELECT held."hk_shop_order_no"
    FROM "vault"."h_order" AS held
  )
) AS found
ORDER BY "parent", "hk_l_deal", "hk_person", "hk_shop_order_no"
LIMIT 5;
