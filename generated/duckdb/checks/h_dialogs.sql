-- check h_dialogs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:4.
-- Edit the metadata or the templates, not this file.
-- Every query returns the rows that should not be: how many, and the first of them.
-- What says 'Batch' looks at the keys in the stage: at the end of every batch.
-- What says 'Vault' reads the whole table: with `dv-gen test` only.

-- Batch: staged rows that share their key, but are not in the table of those that do.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT staged."row_no", staged."hk_message_id"
  FROM "stage"."dialogs" AS staged
  JOIN (
    SELECT "hk_message_id" FROM "stage"."dialogs" WHERE "hk_message_id" IS NOT NULL GROUP BY "hk_message_id" HAVING COUNT(*) > 1
  ) AS repeated ON repeated."hk_message_id" = staged."hk_message_id"
  WHERE staged."row_no" NOT IN (SELECT "row_no" FROM "stage"."dialogs_repeats")
) AS found
ORDER BY "row_no"
LIMIT 5;

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
    SELECT HASH("hk_message_id", "message_id") AS "print"
    FROM "stage"."dialogs" AS staged
    WHERE "hk_message_id" IS NOT NULL AND "row_no" NOT IN (SELECT "row_no" FROM "stage"."dialogs_repeats")
    UNION ALL
    SELECT CASE WHEN MIN("print") = MAX("print") THEN MIN("print") END
    FROM (
      SELECT "hk_message_id" AS "key", HASH("hk_message_id", "message_id") AS "print"
      FROM "stage"."dialogs" AS staged
      WHERE "hk_message_id" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "stage"."dialogs_repeats")
    ) AS repeated
    GROUP BY "key"
  ) AS printed
) AS staged
CROSS JOIN (
  SELECT COUNT(*) AS "rows", SUM(HASH(held."hk_message_id", held."message_id")) AS "prints"
  FROM "vault"."h_dialogs" AS held
  WHERE "load_dt" IN (SELECT DISTINCT "load_dt" FROM "stage"."dialogs")
) AS held
CROSS JOIN (SELECT COUNT(*) AS "rows" FROM "vault"."h_dialogs") AS whole;

-- Batch: how many rows the next queries may find, one number each. Those with 0 are not asked.
SELECT
  SUM("unique_keys") AS "unique_keys",
  SUM("hash_collisions") AS "hash_collisions",
  SUM("reconciliation") AS "reconciliation"
FROM (
  -- A staged key finds one row of the hub, not more.
  SELECT
    COUNT(*) AS "unique_keys",
    COUNT(CASE WHEN held."hk_message_id" IS NOT NULL AND held."message_id" IS DISTINCT FROM staged."message_id" THEN 1 END) AS "hash_collisions",
    COUNT(CASE WHEN held."hk_message_id" IS NULL THEN 1 END) AS "reconciliation"
  FROM (
    SELECT
      'dialogs' AS "source",
      "hk_message_id",
      "message_id"
    FROM "stage"."dialogs"
    WHERE "hk_message_id" IS NOT NULL
  ) AS staged
  LEFT JOIN "vault"."h_dialogs" AS held ON held."hk_message_id" = staged."hk_message_id"
  UNION ALL
  SELECT -COUNT("hk_message_id"), 0, 0 FROM "stage"."dialogs"
) AS probed;

-- Batch: hash keys that the hub holds more than once.
WITH
"staged" AS (
  SELECT
    'dialogs' AS "source",
    "hk_message_id",
    "message_id"
  FROM "stage"."dialogs"
  WHERE "hk_message_id" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_message_id", COUNT(*) AS "rows"
  FROM "vault"."h_dialogs"
  WHERE "hk_message_id" IN (SELECT "hk_message_id" FROM "staged")
  GROUP BY "hk_message_id"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_message_id"
LIMIT 5;

-- Batch: staged keys of which the hub holds the hash key with another business key.
WITH
"staged" AS (
  SELECT
    'dialogs' AS "source",
    "hk_message_id",
    "message_id"
  FROM "stage"."dialogs"
  WHERE "hk_message_id" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT DISTINCT
    staged."source",
    staged."hk_message_id",
    staged."message_id",
    held."message_id" AS "message_id in hub"
  FROM "staged" AS staged
  JOIN "vault"."h_dialogs" AS held ON held."hk_message_id" = staged."hk_message_id"
  WHERE held."message_id" IS DISTINCT FROM staged."message_id"
) AS found
ORDER BY "source", "hk_message_id"
LIMIT 5;

-- Batch: staged keys that the hub lacks.
WITH
"staged" AS (
  SELECT
    'dialogs' AS "source",
    "hk_message_id",
    "message_id"
  FROM "stage"."dialogs"
  WHERE "hk_message_id" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT DISTINCT staged."source", staged."hk_message_id", staged."message_id"
  FROM "staged" AS staged
  WHERE staged."hk_message_id" NOT IN (
    SELECT held."hk_message_id"
    FROM "vault"."h_dialogs" AS held
    WHERE held."hk_message_id" IN (SELECT "hk_message_id" FROM "staged")
  )
) AS found
ORDER BY "source", "hk_message_id", "message_id"
LIMIT 5;

-- Vault: hash keys that the hub holds more than once.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_message_id", COUNT(*) AS "rows"
  FROM "vault"."h_dialogs"
  GROUP BY "hk_message_id"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_message_id"
LIMIT 5;

-- Vault: business keys that the hub holds more than once; texts are compared as they are hashed.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "message_id", COUNT(*) AS "rows"
  FROM (
    SELECT
      "message_id" AS "message_id"
    FROM "vault"."h_dialogs"
  ) AS held
  GROUP BY "message_id"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "message_id"
LIMIT 5;
