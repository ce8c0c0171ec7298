-- check s_user_socdem: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:17.
-- Edit the metadata or the templates, not this file.
-- Every query returns the rows that should not be: how many, and the first of them.
-- What says 'Batch' looks at the keys in the stage: at the end of every batch.
-- What says 'Vault' reads the whole table: with `dv-gen test` only.

-- Batch: how many rows the next queries may find, one number each. Those with 0 are not asked.
SELECT
  SUM("unique_keys") AS "unique_keys",
  SUM("reconciliation") AS "reconciliation",
  SUM("no_repeats") AS "no_repeats"
FROM (
  -- A staged row finds one stored row, not more; another one than it is itself has to be looked at.
  SELECT
    COUNT(*) AS "unique_keys",
    COUNT(
      CASE
        WHEN held."load_dt" IS NULL
          OR held."country" IS DISTINCT FROM staged."country"
          OR held."age" IS DISTINCT FROM staged."age"
          OR held."hashdiff" IS DISTINCT FROM staged."hashdiff_s_user_socdem"
        THEN 1
      END
    ) AS "reconciliation",
    0 AS "no_repeats"
  FROM "stage"."users" AS staged
  LEFT JOIN "vault"."s_user_socdem" AS held
    ON held."hk_user_id" = staged."hk_user_id"
    AND held."load_dt" = staged."load_dt"
  WHERE staged."hk_user_id" IS NOT NULL
  UNION ALL
  SELECT -COUNT(*), 0, 0 FROM "stage"."users" AS staged WHERE staged."hk_user_id" IS NOT NULL
  UNION ALL
  -- May a row say what the one before it says? Not where all rows are of one load date.
  SELECT 0, 0, CASE
    WHEN (SELECT COUNT(*) FROM "dv_meta"."batch") > 1 THEN 1
    WHEN (SELECT MIN("load_dt") < MAX("load_dt") FROM "vault"."s_user_socdem") THEN 1
    ELSE 0
  END
) AS probed;

-- Batch: rows that share hk_user_id, load_dt.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_user_id", "load_dt", COUNT(*) AS "rows"
  FROM "vault"."s_user_socdem"
  WHERE "hk_user_id" IN (
    SELECT "hk_user_id" FROM "stage"."users"
  )
  GROUP BY "hk_user_id", "load_dt"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_user_id", "load_dt"
LIMIT 5;

-- Batch: staged rows that can neither be read back nor are in the rejects. What can be read back
-- of a key at a load date is its newest row by then, and that has to have the staged values.
WITH
"rejected" AS (
  SELECT "source", "row_no", "reason"
  FROM "dv_meta"."rejects"
  WHERE "batch_id" IN (SELECT "batch_id" FROM "dv_meta"."newest_batch")
    AND "phase" = 'load'
    AND "entity" = 's_user_socdem'
),
-- Rows that are not stored just as they were staged: they should repeat the row before them.
"unstored" AS (
  SELECT
    'users' AS "source",
    staged."row_no",
    staged."hk_user_id",
    staged."country",
    staged."age",
    staged."hashdiff_s_user_socdem" AS "hashdiff",
    staged."load_dt"
  FROM "stage"."users" AS staged
  LEFT JOIN "vault"."s_user_socdem" AS held
    ON held."hk_user_id" = staged."hk_user_id"
    AND held."load_dt" = staged."load_dt"
  WHERE staged."hk_user_id" IS NOT NULL
    AND (
      held."load_dt" IS NULL
      OR held."country" IS DISTINCT FROM staged."country"
      OR held."age" IS DISTINCT FROM staged."age"
      OR held."hashdiff" IS DISTINCT FROM staged."hashdiff_s_user_socdem"
    )
),
-- What is stored of their keys.
"stored" AS (
  SELECT held."hk_user_id", held."country", held."age", held."hashdiff", held."load_dt"
  FROM "vault"."s_user_socdem" AS held
  WHERE held."hk_user_id" IN (SELECT "hk_user_id" FROM "unstored")
),
"reached" AS (
  SELECT unstored."source", unstored."row_no", MAX(held."load_dt") AS "load_dt"
  FROM "unstored" AS unstored
  JOIN "stored" AS held
    ON held."hk_user_id" = unstored."hk_user_id"
    AND held."load_dt" <= unstored."load_dt"
  GROUP BY unstored."source", unstored."row_no"
),
"settled" AS (
  SELECT unstored."source", unstored."row_no"
  FROM "unstored" AS unstored
  JOIN "reached" AS reached
    ON reached."source" = unstored."source"
    AND reached."row_no" = unstored."row_no"
  JOIN "stored" AS held
    ON held."hk_user_id" = unstored."hk_user_id"
    AND held."load_dt" = reached."load_dt"
  WHERE NOT (held."country" IS DISTINCT FROM unstored."country"
    OR held."age" IS DISTINCT FROM unstored."age"
    OR held."hashdiff" IS DISTINCT FROM unstored."hashdiff")
  UNION
  -- Of equal rows one is in the rejects for all.
  SELECT unstored."source", unstored."row_no"
  FROM "unstored" AS unstored
  JOIN "unstored" AS other
    ON other."hk_user_id" = unstored."hk_user_id" AND other."load_dt" = unstored."load_dt"
  JOIN "rejected" AS rejected
    ON rejected."source" = other."source"
    AND rejected."row_no" = other."row_no"
  WHERE NOT (other."country" IS DISTINCT FROM unstored."country"
    OR other."age" IS DISTINCT FROM unstored."age"
    OR other."hashdiff" IS DISTINCT FROM unstored."hashdiff")
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT unstored."source", unstored."row_no", unstored."hk_user_id", unstored."load_dt"
  FROM "unstored" AS unstored
  LEFT JOIN "settled" AS settled
    ON settled."source" = unstored."source"
    AND settled."row_no" = unstored."row_no"
  WHERE settled."row_no" IS NULL
) AS found
ORDER BY "source", "row_no"
LIMIT 5;

-- Batch: rows that say the same as the row of their key before them.
WITH
"stored" AS (
  SELECT "hk_user_id", "hashdiff", "load_dt"
  FROM "vault"."s_user_socdem"
  WHERE "hk_user_id" IN (
    SELECT "hk_user_id" FROM "stage"."users"
  )
),
"several" AS (
  SELECT DISTINCT "hk_user_id"
  FROM "stored"
  WHERE "load_dt" NOT IN (
    SELECT "load_dt" FROM "stage"."users"
  )
),
"compared" AS (
  SELECT
    held."hk_user_id",
    held."hashdiff",
    held."load_dt",
    LAG(held."hashdiff") OVER (PARTITION BY held."hk_user_id" ORDER BY held."load_dt") AS "hashdiff before",
    LAG(held."load_dt") OVER (PARTITION BY held."hk_user_id" ORDER BY held."load_dt") AS "load date before"
  FROM "stored" AS held
  JOIN "several" AS several ON several."hk_user_id" = held."hk_user_id"
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT compared."hk_user_id", compared."load date before", compared."load_dt"
  FROM "compared" AS compared
  LEFT JOIN (
    SELECT "load_dt", MIN("opened_at") AS "opened_at"
    FROM "dv_meta"."batch"
    GROUP BY "load_dt"
  ) AS own_batch ON own_batch."load_dt" = compared."load_dt"
  LEFT JOIN (
    SELECT "load_dt", MAX("opened_at") AS "opened_at"
    FROM "dv_meta"."batch"
    GROUP BY "load_dt"
  ) AS batch_before ON batch_before."load_dt" = compared."load date before"
  WHERE compared."load date before" < compared."load_dt"
    AND NOT (compared."hashdiff" IS DISTINCT FROM compared."hashdiff before")
    AND (
      own_batch."opened_at" IS NULL
      OR batch_before."opened_at" IS NULL
      OR batch_before."opened_at" <= own_batch."opened_at"
    )
) AS found
ORDER BY "hk_user_id", "load_dt"
LIMIT 5;

-- Vault: rows that share hk_user_id, load_dt.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_user_id", "load_dt", COUNT(*) AS "rows"
  FROM "vault"."s_user_socdem"
  GROUP BY "hk_user_id", "load_dt"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_user_id", "load_dt"
LIMIT 5;

-- Vault: rows that say the same as the row of their key before them.
WITH
"several" AS (
  SELECT "hk_user_id"
  FROM "vault"."s_user_socdem"
  GROUP BY "hk_user_id"
  HAVING MIN("load_dt") < MAX("load_dt")
),
"compared" AS (
  SELECT
    held."hk_user_id",
    held."hashdiff",
    held."load_dt",
    LAG(held."hashdiff") OVER (PARTITION BY held."hk_user_id" ORDER BY held."load_dt") AS "hashdiff before",
    LAG(held."load_dt") OVER (PARTITION BY held."hk_user_id" ORDER BY held."load_dt") AS "load date before"
  FROM "vault"."s_user_socdem" AS held
  JOIN "several" AS several ON several."hk_user_id" = held."hk_user_id"
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT compared."hk_user_id", compared."load date before", compared."load_dt"
  FROM "compared" AS compared
  LEFT JOIN (
    SELECT "load_dt", MIN("opened_at") AS "opened_at"
    FROM "dv_meta"."batch"
    GROUP BY "load_dt"
  ) AS own_batch ON own_batch."load_dt" = compared."load_dt"
  LEFT JOIN (
    SELECT "load_dt", MAX("opened_at") AS "opened_at"
    FROM "dv_meta"."batch"
    GROUP BY "load_dt"
  ) AS batch_before ON batch_before."load_dt" = compared."load date before"
  WHERE compared."load date before" < compared."load_dt"
    AND NOT (compared."hashdiff" IS DISTINCT FROM compared."hashdiff before")
    AND (
      own_batch."opened_at" IS NULL
      OR batch_before."opened_at" IS NULL
      OR batch_before."opened_at" <= own_batch."opened_at"
    )
) AS found
ORDER BY "hk_user_id", "load_dt"
LIMIT 5;

-- Vault: rows that refer to a key which is not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'h_users' AS "parent", child."hk_user_id", child."load_dt"
  FROM "vault"."s_user_socdem" AS child
  WHERE child."hk_user_id" NOT IN (
    SELECT held."hk_user_id"
    FROM "vault"."h_users" AS held
  )
) AS found
ORDER BY "parent", "hk_user_id", "load_dt"
LIMIT 5;
