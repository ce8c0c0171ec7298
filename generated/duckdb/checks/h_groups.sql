-- check h_groups: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:3.
-- Edit the metadata or the templates, not this file.
-- Every query returns the rows that should not be: how many, and the first of them.
-- What says 'Batch' looks at the keys in the stage: at the end of every batch.
-- What says 'Vault' reads the whole table: with `dv-gen test` only.

-- Batch: staged rows that share their key, but are not in the table of those that do.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT staged."row_no", staged."hk_group_id"
  FROM "stage"."groups" AS staged
  JOIN (
    SELECT "hk_group_id" FROM "stage"."groups" WHERE "hk_group_id" IS NOT NULL GROUP BY "hk_group_id" HAVING COUNT(*) > 1
  ) AS repeated ON repeated."hk_group_id" = staged."hk_group_id"
  WHERE staged."row_no" NOT IN (SELECT "row_no" FROM "stage"."groups_repeats")
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
    COUNT(CASE WHEN held."hk_group_id" IS NOT NULL AND held."group_id" IS DISTINCT FROM staged."group_id" THEN 1 END) AS "hash_collisions",
    COUNT(CASE WHEN held."hk_group_id" IS NULL THEN 1 END) AS "reconciliation"
  FROM (
    SELECT
      'groups' AS "source",
      "hk_group_id",
      "id" AS "group_id"
    FROM "stage"."groups"
    WHERE "hk_group_id" IS NOT NULL
    UNION ALL
    SELECT
      'dialogs' AS "source",
      "hk_group_id",
      "message_group" AS "group_id"
    FROM "stage"."dialogs"
    WHERE "hk_group_id" IS NOT NULL
    UNION ALL
    SELECT
      'group_log' AS "source",
      "hk_group_id",
      "group_id"
    FROM "stage"."group_log"
    WHERE "hk_group_id" IS NOT NULL
  ) AS staged
  LEFT JOIN "vault"."h_groups" AS held ON held."hk_group_id" = staged."hk_group_id"
  UNION ALL
  SELECT -COUNT("hk_group_id"), 0, 0 FROM "stage"."groups"
  UNION ALL
  SELECT -COUNT("hk_group_id"), 0, 0 FROM "stage"."dialogs"
  UNION ALL
  SELECT -COUNT("hk_group_id"), 0, 0 FROM "stage"."group_log"
) AS probed;

-- Batch: hash keys that the hub holds more than once.
WITH
"staged" AS (
  SELECT
    'groups' AS "source",
    "hk_group_id",
    "id" AS "group_id"
  FROM "stage"."groups"
  WHERE "hk_group_id" IS NOT NULL
  UNION ALL
  SELECT
    'dialogs' AS "source",
    "hk_group_id",
    "message_group" AS "group_id"
  FROM "stage"."dialogs"
  WHERE "hk_group_id" IS NOT NULL
  UNION ALL
  SELECT
    'group_log' AS "source",
    "hk_group_id",
    "group_id"
  FROM "stage"."group_log"
  WHERE "hk_group_id" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_group_id", COUNT(*) AS "rows"
  FROM "vault"."h_groups"
  WHERE "hk_group_id" IN (SELECT "hk_group_id" FROM "staged")
  GROUP BY "hk_group_id"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_group_id"
LIMIT 5;

-- Batch: staged keys of which the hub holds the hash key with another business key.
WITH
"staged" AS (
  SELECT
    'groups' AS "source",
    "hk_group_id",
    "id" AS "group_id"
  FROM "stage"."groups"
  WHERE "hk_group_id" IS NOT NULL
  UNION ALL
  SELECT
    'dialogs' AS "source",
    "hk_group_id",
    "message_group" AS "group_id"
  FROM "stage"."dialogs"
  WHERE "hk_group_id" IS NOT NULL
  UNION ALL
  SELECT
    'group_log' AS "source",
    "hk_group_id",
    "group_id"
  FROM "stage"."group_log"
  WHERE "hk_group_id" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT DISTINCT
    staged."source",
    staged."hk_group_id",
    staged."group_id",
    held."group_id" AS "group_id in hub"
  FROM "staged" AS staged
  JOIN "vault"."h_groups" AS held ON held."hk_group_id" = staged."hk_group_id"
  WHERE held."group_id" IS DISTINCT FROM staged."group_id"
) AS found
ORDER BY "source", "hk_group_id"
LIMIT 5;

-- Batch: staged keys that the hub lacks.
WITH
"staged" AS (
  SELECT
    'groups' AS "source",
    "hk_group_id",
    "id" AS "group_id"
  FROM "stage"."groups"
  WHERE "hk_group_id" IS NOT NULL
  UNION ALL
  SELECT
    'dialogs' AS "source",
    "hk_group_id",
    "message_group" AS "group_id"
  FROM "stage"."dialogs"
  WHERE "hk_group_id" IS NOT NULL
  UNION ALL
  SELECT
    'group_log' AS "source",
    "hk_group_id",
    "group_id"
  FROM "stage"."group_log"
  WHERE "hk_group_id" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT DISTINCT staged."source", staged."hk_group_id", staged."group_id"
  FROM "staged" AS staged
  WHERE staged."hk_group_id" NOT IN (
    SELECT held."hk_group_id"
    FROM "vault"."h_groups" AS held
    WHERE held."hk_group_id" IN (SELECT "hk_group_id" FROM "staged")
  )
) AS found
ORDER BY "source", "hk_group_id", "group_id"
LIMIT 5;

-- Vault: hash keys that the hub holds more than once.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_group_id", COUNT(*) AS "rows"
  FROM "vault"."h_groups"
  GROUP BY "hk_group_id"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_group_id"
LIMIT 5;

-- Vault: business keys that the hub holds more than once; texts are compared as they are hashed.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "group_id", COUNT(*) AS "rows"
  FROM (
    SELECT
      "group_id" AS "group_id"
    FROM "vault"."h_groups"
  ) AS held
  GROUP BY "group_id"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "group_id"
LIMIT 5;
