-- check l_buyer: rendered by dv-gen from metadata/model.yml:34.
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
    SELECT HASH("hk_l_buyer", "hk_shop_order_no", COALESCE("hk_person", UNHEX('00000000000000000000000000000000')::UUID), "line") AS "print"
    FROM "stage"."orders" AS staged
    WHERE "hk_l_buyer" IS NOT NULL AND "row_no" NOT IN (SELECT "row_no" FROM "stage"."orders_repeats")
    UNION ALL
    SELECT CASE WHEN MIN("print") = MAX("print") THEN MIN("print") END
    FROM (
      SELECT "hk_l_buyer" AS "key", HASH("hk_l_buyer", "hk_shop_order_no", COALESCE("hk_person", UNHEX('00000000000000000000000000000000')::UUID), "line") AS "print"
      FROM "stage"."orders" AS staged
      WHERE "hk_l_buyer" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
    ) AS repeated
    GROUP BY "key"
  ) AS printed
) AS staged
CROSS JOIN (
  SELECT COUNT(*) AS "rows", SUM(HASH(held."hk_l_buyer", held."hk_shop_order_no", held."hk_person", held."line")) AS "prints"
  FROM "vault"."l_buyer" AS held
  WHERE "load_dt" IN (SELECT DISTINCT "load_dt" FROM "stage"."orders")
) AS held
CROSS JOIN (SELECT COUNT(*) AS "rows" FROM "vault"."l_buyer") AS whole;

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
        WHEN held."hk_l_buyer" IS NULL
          OR held."hk_shop_order_no" <> staged."hk_shop_order_no"
          OR held."hk_person" <> staged."hk_person"
          OR held."line" IS DISTINCT FROM staged."line"
        THEN 1
      END
    ) AS "reconciliation"
  FROM (
    SELECT
      'orders' AS "source",
      "hk_l_buyer",
      "hk_shop_order_no",
      COALESCE("hk_person", UNHEX('00000000000000000000000000000000')::UUID) AS "hk_person",
      "line"
    FROM "stage"."orders"
    WHERE "hk_l_buyer" IS NOT NULL
  ) AS staged
  LEFT JOIN "vault"."l_buyer" AS held ON held."hk_l_buyer" = staged."hk_l_buyer"
  UNION ALL
  SELECT -COUNT("hk_l_buyer"), 0 FROM "stage"."orders"
) AS probed;

-- Batch: hash keys that the link holds more than once.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_l_buyer", COUNT(*) AS "rows"
  FROM "vault"."l_buyer"
  WHERE "hk_l_buyer" IN (
    SELECT "hk_l_buyer" FROM "stage"."orders"
  )
  GROUP BY "hk_l_buyer"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_l_buyer"
LIMIT 5;

-- Batch: staged relationships that the link lacks, or holds between other keys.
WITH
"staged" AS (
  SELECT
    'orders' AS "source",
    "hk_l_buyer",
    "hk_shop_order_no",
    COALESCE("hk_person", UNHEX('00000000000000000000000000000000')::UUID) AS "hk_person",
    "line"
  FROM "stage"."orders"
  WHERE "hk_l_buyer" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT DISTINCT
    staged."source", staged."hk_l_buyer", staged."hk_shop_order_no", staged."hk_person",
    CASE WHEN held."hk_l_buyer" IS NULL THEN 'missing' ELSE 'other keys' END AS "found"
  FROM "staged" AS staged
  LEFT JOIN "vault"."l_buyer" AS held ON held."hk_l_buyer" = staged."hk_l_buyer"
  WHERE held."hk_l_buyer" IS NULL
    OR held."hk_shop_order_no" <> staged."hk_shop_order_no"
    OR held."hk_person" <> staged."hk_person"
    OR held."line" IS DISTINCT FROM staged."line"
) AS found
ORDER BY "source", "hk_l_buyer", "hk_shop_order_no", "hk_person"
LIMIT 5;

-- Vault: hash keys that the link holds more than once.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_l_buyer", COUNT(*) AS "rows"
  FROM "vault"."l_buyer"
  GROUP BY "hk_l_buyer"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_l_buyer"
LIMIT 5;

-- Vault: relationships that the link holds more than once; texts are compared as they are hashed.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_shop_order_no", "hk_person", "line", COUNT(*) AS "rows"
  FROM (
    SELECT
      "hk_shop_order_no" AS "hk_shop_order_no",
      "hk_person" AS "hk_person",
      "line" AS "line"
    FROM "vault"."l_buyer"
  ) AS held
  GROUP BY "hk_shop_order_no", "hk_person", "line"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_shop_order_no", "hk_person", "line"
LIMIT 5;

-- Vault: rows that refer to a key which is not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'h_order' AS "parent", child."hk_l_buyer", child."hk_shop_order_no", child."hk_person"
  FROM "vault"."l_buyer" AS child
  WHERE child."hk_shop_order_no" NOT IN (
    SELECT held."hk_shop_order_no"
    FROM "vault"."h_order" AS held
  )
  UNION ALL
  SELECT 'h_person' AS "parent", child."hk_l_buyer", child."hk_shop_order_no", child."hk_person"
  FROM "vault"."l_buyer" AS child
  WHERE child."hk_person" NOT IN (
    SELECT held."hk_person"
    FROM "vault"."h_person" AS held
  )
) AS found
ORDER BY "parent", "hk_l_buyer", "hk_shop_order_no", "hk_person"
LIMIT 5;
