-- check s_auth_history: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:22.
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
    SELECT HASH(staged."hk_group_log_id") AS "print"
    FROM "stage"."group_log" AS staged
    WHERE "row_no" NOT IN (SELECT "row_no" FROM "stage"."group_log_repeats")
    UNION ALL
    SELECT CASE WHEN MIN("print") = MAX("print") THEN MIN("print") END
    FROM (
      SELECT "hk_group_log_id" AS "key", HASH(staged."hk_group_log_id") AS "print"
      FROM "stage"."group_log" AS staged
      WHERE "row_no" IN (SELECT "row_no" FROM "stage"."group_log_repeats")
    ) AS repeated
    GROUP BY "key"
  ) AS printed
) AS staged
CROSS JOIN (
  SELECT COUNT(*) AS "rows", SUM(HASH(held."hk_group_log_id")) AS "prints"
  FROM "vault"."s_auth_history" AS held
  WHERE "load_dt" IN (SELECT DISTINCT "load_dt" FROM "stage"."group_log")
) AS held
CROSS JOIN (SELECT COUNT(*) AS "rows" FROM "vault"."s_auth_history") AS whole;

-- Batch: how many rows the next queries may find, one number each. Those with 0 are not asked.
SELECT
  SUM("unique_keys") AS "unique_keys",
  SUM("reconciliation") AS "reconciliation"
FROM (
  -- A staged row finds one stored row, not more; another one than it is itself has to be looked at.
  SELECT
    COUNT(*) AS "unique_keys",
    COUNT(
      CASE
        WHEN held."load_dt" IS NULL
        THEN 1
      END
    ) AS "reconciliation"
  FROM "stage"."group_log" AS staged
  LEFT JOIN "vault"."s_auth_history" AS held
    ON held."hk_group_log_id" = staged."hk_group_log_id"
  WHERE staged."hk_group_log_id" IS NOT NULL
  UNION ALL
  SELECT -COUNT(*), 0 FROM "stage"."group_log" AS staged WHERE staged."hk_group_log_id" IS NOT NULL
) AS probed;

-- Batch: rows that share hk_group_log_id.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_group_log_id", COUNT(*) AS "rows"
  FROM "vault"."s_auth_history"
  WHERE "hk_group_log_id" IN (
    SELECT "hk_group_log_id" FROM "stage"."group_log"
  )
  GROUP BY "hk_group_log_id"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_group_log_id"
LIMIT 5;

-- Batch: staged events of which the key is not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'group_log' AS "source", staged."row_no", staged."hk_group_log_id", staged."load_dt"
  FROM "stage"."group_log" AS staged
  LEFT JOIN "vault"."s_auth_history" AS held
    ON held."hk_group_log_id" = staged."hk_group_log_id"
  WHERE staged."hk_group_log_id" IS NOT NULL
    AND held."load_dt" IS NULL
) AS found
ORDER BY "source", "row_no"
LIMIT 5;

-- Vault: rows that share hk_group_log_id.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_group_log_id", COUNT(*) AS "rows"
  FROM "vault"."s_auth_history"
  GROUP BY "hk_group_log_id"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_group_log_id"
LIMIT 5;

-- Vault: rows that refer to a key which is not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'h_group_logs' AS "parent", child."hk_group_log_id", child."load_dt"
  FROM "vault"."s_auth_history" AS child
  WHERE child."hk_group_log_id" NOT IN (
    SELECT held."hk_group_log_id"
    FROM "vault"."h_group_logs" AS held
  )
) AS found
ORDER BY "parent", "hk_group_log_id", "load_dt"
LIMIT 5;
