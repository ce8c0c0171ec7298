-- check h_group_logs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:5.
-- Edit the metadata or the templates, not this file.
-- Every query returns the rows that should not be: how many, and the first of them.
-- What says 'Batch' looks at the keys in the stage: at the end of every batch.
-- What says 'Vault' reads the whole table: with `dv-gen test` only.

-- Batch: staged rows that share their key, but are not in the table of those that do.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT staged."row_no", staged."hk_group_log_id"
  FROM "stage"."group_log" AS staged
  JOIN (
    SELECT "hk_group_log_id" FROM "stage"."group_log" WHERE "hk_group_log_id" IS NOT NULL GROUP BY "hk_group_log_id" HAVING COUNT(*) > 1
  ) AS repeated ON repeated."hk_group_log_id" = staged."hk_group_log_id"
  WHERE staged."row_no" NOT IN (SELECT "row_no" FROM "stage"."group_log_repeats")
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
    SELECT HASH("hk_group_log_id", "id") AS "print"
    FROM "stage"."group_log" AS staged
    WHERE "hk_group_log_id" IS NOT NULL AND "row_no" NOT IN (SELECT "row_no" FROM "stage"."group_log_repeats")
    UNION ALL
    SELECT CASE WHEN MIN("print") = MAX("print") THEN MIN("print") END
    FROM (
      SELECT "hk_group_log_id" AS "key", HASH("hk_group_log_id", "id") AS "print"
      FROM "stage"."group_log" AS staged
      WHERE "hk_group_log_id" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "stage"."group_log_repeats")
    ) AS repeated
    GROUP BY "key"
  ) AS printed
) AS staged
CROSS JOIN (
  SELECT COUNT(*) AS "rows", SUM(HASH(held."hk_group_log_id", held."group_log_id")) AS "prints"
  FROM "vault"."h_group_logs" AS held
  WHERE "load_dt" IN (SELECT DISTINCT "load_dt" FROM "stage"."group_log")
) AS held
CROSS JOIN (SELECT COUNT(*) AS "rows" FROM "vault"."h_group_logs") AS whole;

-- Batch: how many rows the next queries may find, one number each. Those with 0 are not asked.
SELECT
  SUM("unique_keys") AS "unique_keys",
  SUM("hash_collisions") AS "hash_collisions",
  SUM("reconciliation") AS "reconciliation"
FROM (
  -- A staged key finds one row of the hub, not more.
  SELECT
    COUNT(*) AS "unique_keys",
    COUNT(CASE WHEN held."hk_group_log_id" IS NOT NULL AND held."group_log_id" IS DISTINCT FROM staged."group_log_id" THEN 1 END) AS "hash_collisions",
    COUNT(CASE WHEN held."hk_group_log_id" IS NULL THEN 1 END) AS "reconciliation"
  FROM (
    SELECT
      'group_log' AS "source",
      "hk_group_log_id",
      "id" AS "group_log_id"
    FROM "stage"."group_log"
    WHERE "hk_group_log_id" IS NOT NULL
  ) AS staged
  LEFT JOIN "vault"."h_group_logs" AS held ON held."hk_group_log_id" = staged."hk_group_log_id"
  UNION ALL
  SELECT -COUNT("hk_group_log_id"), 0, 0 FROM "stage"."group_log"
) AS probed;

-- Batch: hash keys that the hub holds more than once.
WITH
"staged" AS (
  SELECT
    'group_log' AS "source",
    "hk_group_log_id",
    "id" AS "group_log_id"
  FROM "stage"."group_log"
  WHERE "hk_group_log_id" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_group_log_id", COUNT(*) AS "rows"
  FROM "vault"."h_group_logs"
  WHERE "hk_group_log_id" IN (SELECT "hk_group_log_id" FROM "staged")
  GROUP BY "hk_group_log_id"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_group_log_id"
LIMIT 5;

-- Batch: staged keys of which the hub holds the hash key with another business key.
WITH
"staged" AS (
  SELECT
    'group_log' AS "source",
    "hk_group_log_id",
    "id" AS "group_log_id"
  FROM "stage"."group_log"
  WHERE "hk_group_log_id" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT DISTINCT
    staged."source",
    staged."hk_group_log_id",
    staged."group_log_id",
    held."group_log_id" AS "group_log_id in hub"
  FROM "staged" AS staged
  JOIN "vault"."h_group_logs" AS held ON held."hk_group_log_id" = staged."hk_group_log_id"
  WHERE held."group_log_id" IS DISTINCT FROM staged."group_log_id"
) AS found
ORDER BY "source", "hk_group_log_id"
LIMIT 5;

-- Batch: staged keys that the hub lacks.
WITH
"staged" AS (
  SELECT
    'group_log' AS "source",
    "hk_group_log_id",
    "id" AS "group_log_id"
  FROM "stage"."group_log"
  WHERE "hk_group_log_id" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT DISTINCT staged."source", staged."hk_group_log_id", staged."group_log_id"
  FROM "staged" AS staged
  WHERE staged."hk_group_log_id" NOT IN (
    SELECT held."hk_group_log_id"
    FROM "vault"."h_group_logs" AS held
    WHERE held."hk_group_log_id" IN (SELECT "hk_group_log_id" FROM "staged")
  )
) AS found
ORDER BY "source", "hk_group_log_id", "group_log_id"
LIMIT 5;

-- Vault: hash keys that the hub holds more than once.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_group_log_id", COUNT(*) AS "rows"
  FROM "vault"."h_group_logs"
  GROUP BY "hk_group_log_id"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_group_log_id"
LIMIT 5;

-- Vault: business keys that the hub holds more than once; texts are compared as they are hashed.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "group_log_id", COUNT(*) AS "rows"
  FROM (
    SELECT
      "group_log_id" AS "group_log_id"
    FROM "vault"."h_group_logs"
  ) AS held
  GROUP BY "group_log_id"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "group_log_id"
LIMIT 5;
