-- check l_group_logs_users: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:11.
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
    SELECT HASH("hk_l_group_logs_users", "hk_group_log_id", "hk_user_id") AS "print"
    FROM "stage"."group_log" AS staged
    WHERE "hk_l_group_logs_users" IS NOT NULL AND "row_no" NOT IN (SELECT "row_no" FROM "stage"."group_log_repeats")
    UNION ALL
    SELECT CASE WHEN MIN("print") = MAX("print") THEN MIN("print") END
    FROM (
      SELECT "hk_l_group_logs_users" AS "key", HASH("hk_l_group_logs_users", "hk_group_log_id", "hk_user_id") AS "print"
      FROM "stage"."group_log" AS staged
      WHERE "hk_l_group_logs_users" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "stage"."group_log_repeats")
    ) AS repeated
    GROUP BY "key"
  ) AS printed
) AS staged
CROSS JOIN (
  SELECT COUNT(*) AS "rows", SUM(HASH(held."hk_l_group_logs_users", held."hk_group_log_id", held."hk_user_id")) AS "prints"
  FROM "vault"."l_group_logs_users" AS held
  WHERE "load_dt" IN (SELECT DISTINCT "load_dt" FROM "stage"."group_log")
) AS held
CROSS JOIN (SELECT COUNT(*) AS "rows" FROM "vault"."l_group_logs_users") AS whole;

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
        WHEN held."hk_l_group_logs_users" IS NULL
          OR held."hk_group_log_id" <> staged."hk_group_log_id"
          OR held."hk_user_id" <> staged."hk_user_id"
        THEN 1
      END
    ) AS "reconciliation"
  FROM (
    SELECT
      'group_log' AS "source",
      "hk_l_group_logs_users",
      "hk_group_log_id",
      "hk_user_id"
    FROM "stage"."group_log"
    WHERE "hk_l_group_logs_users" IS NOT NULL
  ) AS staged
  LEFT JOIN "vault"."l_group_logs_users" AS held ON held."hk_l_group_logs_users" = staged."hk_l_group_logs_users"
  UNION ALL
  SELECT -COUNT("hk_l_group_logs_users"), 0 FROM "stage"."group_log"
) AS probed;

-- Batch: hash keys that the link holds more than once.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_l_group_logs_users", COUNT(*) AS "rows"
  FROM "vault"."l_group_logs_users"
  WHERE "hk_l_group_logs_users" IN (
    SELECT "hk_l_group_logs_users" FROM "stage"."group_log"
  )
  GROUP BY "hk_l_group_logs_users"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_l_group_logs_users"
LIMIT 5;

-- Batch: staged relationships that the link lacks, or holds between other keys.
WITH
"staged" AS (
  SELECT
    'group_log' AS "source",
    "hk_l_group_logs_users",
    "hk_group_log_id",
    "hk_user_id"
  FROM "stage"."group_log"
  WHERE "hk_l_group_logs_users" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT DISTINCT
    staged."source", staged."hk_l_group_logs_users", staged."hk_group_log_id", staged."hk_user_id",
    CASE WHEN held."hk_l_group_logs_users" IS NULL THEN 'missing' ELSE 'other keys' END AS "found"
  FROM "staged" AS staged
  LEFT JOIN "vault"."l_group_logs_users" AS held ON held."hk_l_group_logs_users" = staged."hk_l_group_logs_users"
  WHERE held."hk_l_group_logs_users" IS NULL
    OR held."hk_group_log_id" <> staged."hk_group_log_id"
    OR held."hk_user_id" <> staged."hk_user_id"
) AS found
ORDER BY "source", "hk_l_group_logs_users", "hk_group_log_id", "hk_user_id"
LIMIT 5;

-- Vault: hash keys that the link holds more than once.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_l_group_logs_users", COUNT(*) AS "rows"
  FROM "vault"."l_group_logs_users"
  GROUP BY "hk_l_group_logs_users"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_l_group_logs_users"
LIMIT 5;

-- Vault: relationships that the link holds more than once; texts are compared as they are hashed.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_group_log_id", "hk_user_id", COUNT(*) AS "rows"
  FROM (
    SELECT
      "hk_group_log_id" AS "hk_group_log_id",
      "hk_user_id" AS "hk_user_id"
    FROM "vault"."l_group_logs_users"
  ) AS held
  GROUP BY "hk_group_log_id", "hk_user_id"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_group_log_id", "hk_user_id"
LIMIT 5;

-- Vault: rows that refer to a key which is not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'h_group_logs' AS "parent", child."hk_l_group_logs_users", child."hk_group_log_id", child."hk_user_id"
  FROM "vault"."l_group_logs_users" AS child
  WHERE child."hk_group_log_id" NOT IN (
    SELECT held."hk_group_log_id"
    FROM "vault"."h_group_logs" AS held
  )
  UNION ALL
  SELECT 'h_users' AS "parent", child."hk_l_group_logs_users", child."hk_group_log_id", child."hk_user_id"
  FROM "vault"."l_group_logs_users" AS child
  WHERE child."hk_user_id" NOT IN (
    SELECT held."hk_user_id"
    FROM "vault"."h_users" AS held
  )
) AS found
ORDER BY "parent", "hk_l_group_logs_users", "hk_group_log_id", "hk_user_id"
LIMIT 5;
