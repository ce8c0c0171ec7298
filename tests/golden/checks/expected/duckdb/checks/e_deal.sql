-- check e_deal: rendered by dv-gen from metadata/model.yml:45.
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
          OR held."start_dt" IS DISTINCT FROM staged."since"
          OR held."end_dt" IS DISTINCT FROM staged."until"
        THEN 1
      END
    ) AS "reconciliation",
    0 AS "no_repeats"
  FROM "stage"."deals" AS staged
  LEFT JOIN "vault"."e_deal" AS held
    ON held."hk_l_deal" = staged."hk_l_deal"
    AND held."load_dt" = staged."load_dt"
    AND held."start_dt" = staged."since"
  WHERE staged."hk_l_deal" IS NOT NULL
  UNION ALL
  SELECT -COUNT(*), 0, 0 FROM "stage"."deals" AS staged WHERE staged."hk_l_deal" IS NOT NULL
  UNION ALL
  SELECT 0, COUNT(*), 0 FROM "stage"."deals" AS staged WHERE staged."hk_l_deal" IS NULL
  UNION ALL
  -- May a row say what the one before it says? Not where all rows are of one load date.
  SELECT 0, 0, CASE WHEN MIN("load_dt") < MAX("load_dt") THEN 1 ELSE 0 END FROM "vault"."e_deal"
) AS probed;

-- Batch: rows that share hk_l_deal, load_dt, start_dt.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_l_deal", "load_dt", "start_dt", COUNT(*) AS "rows"
  FROM "vault"."e_deal"
  WHERE "hk_l_deal" IN (
    SELECT "hk_l_deal" FROM "stage"."deals"
  )
  GROUP BY "hk_l_deal", "load_dt", "start_dt"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_l_deal", "load_dt", "start_dt"
LIMIT 5;

-- Batch: staged rows that can neither be read back nor are in the rejects. What can be read back
-- of a key at a load date is its newest row by then, and that has to have the staged values.
WITH
"rejected" AS (
  SELECT "source", "row_no", "reason"
  FROM "dv_meta"."rejects"
  WHERE "batch_id" IN (SELECT "batch_id" FROM "dv_meta"."newest_batch")
    AND "phase" = 'load'
    AND "entity" = 'e_deal'
),
-- Rows that are not stored just as they were staged: they should repeat the row before them.
"unstored" AS (
  SELECT
    'deals' AS "source",
    staged."row_no",
    staged."hk_l_deal",
    staged."since" AS "start_dt",
    staged."until" AS "end_dt",
    staged."load_dt"
  FROM "stage"."deals" AS staged
  LEFT JOIN "vault"."e_deal" AS held
    ON held."hk_l_deal" = staged."hk_l_deal"
    AND held."load_dt" = staged."load_dt"
    AND held."start_dt" = staged."since"
  WHERE staged."hk_l_deal" IS NOT NULL
    AND (
      held."load_dt" IS NULL
      OR held."start_dt" IS DISTINCT FROM staged."since"
      OR held."end_dt" IS DISTINCT FROM staged."until"
    )
),
-- What is stored of their keys.
"stored" AS (
  SELECT held."hk_l_deal", held."start_dt", held."end_dt", held."load_dt"
  FROM "vault"."e_deal" AS held
  WHERE held."hk_l_deal" IN (SELECT "hk_l_deal" FROM "unstored")
),
"reached" AS (
  SELECT unstored."source", unstored."row_no", MAX(held."load_dt") AS "load_dt"
  FROM "unstored" AS unstored
  JOIN "stored" AS held
    ON held."hk_l_deal" = unstored."hk_l_deal"
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
    ON held."hk_l_deal" = unstored."hk_l_deal"
    AND held."load_dt" = reached."load_dt"
    AND held."start_dt" = unstored."start_dt"
  WHERE NOT (held."start_dt" IS DISTINCT FROM unstored."start_dt"
    OR held."end_dt" IS DISTINCT FROM unstored."end_dt")
  UNION
  -- Of equal rows one is in the rejects for all.
  SELECT unstored."source", unstored."row_no"
  FROM "unstored" AS unstored
  JOIN "unstored" AS other
    ON other."hk_l_deal" = unstored."hk_l_deal" AND other."load_dt" = unstored."load_dt"
  JOIN "rejected" AS rejected
    ON rejected."source" = other."source"
    AND rejected."row_no" = other."row_no"
  WHERE NOT (other."start_dt" IS DISTINCT FROM unstored."start_dt"
    OR other."end_dt" IS DISTINCT FROM unstored."end_dt")
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT unstored."source", unstored."row_no", unstored."hk_l_deal", unstored."load_dt"
  FROM "unstored" AS unstored
  LEFT JOIN "settled" AS settled
    ON settled."source" = unstored."source"
    AND settled."row_no" = unstored."row_no"
  WHERE settled."row_no" IS NULL
UNION ALL
  SELECT 'deals' AS "source", staged."row_no", staged."hk_l_deal", staged."load_dt"
  FROM "stage"."deals" AS staged
  WHERE staged."hk_l_deal" IS NULL
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "rejected" WHERE "source" = 'deals' AND "reason" = 'no key')
) AS found
ORDER BY "source", "row_no"
LIMIT 5;

-- Batch: rows that say the same as the row of their key before them.
WITH
"stored" AS MATERIALIZED (
  SELECT "hk_l_deal", "load_dt", "start_dt", "end_dt"
  FROM "vault"."e_deal"
  WHERE "hk_l_deal" IN (
    SELECT "hk_l_deal" FROM "stage"."deals"
  )
),
"several" AS (
  SELECT DISTINCT "hk_l_deal"
  FROM "stored"
  WHERE "load_dt" NOT IN (
    SELECT "load_dt" FROM "stage"."deals"
  )
),
"members" AS (
  SELECT DISTINCT "hk_l_deal", "load_dt", "start_dt", "end_dt"
  FROM "stored"
  WHERE "hk_l_deal" IN (SELECT "hk_l_deal" FROM "several")
),
"sets" AS (
  SELECT "hk_l_deal", "load_dt", COUNT(*) AS "members"
  FROM "members"
  GROUP BY "hk_l_deal", "load_dt"
),
"compared" AS (
  SELECT
    "hk_l_deal",
    "load_dt",
    "members",
    LAG("load_dt") OVER (PARTITION BY "hk_l_deal" ORDER BY "load_dt") AS "load date before",
    LAG("members") OVER (PARTITION BY "hk_l_deal" ORDER BY "load_dt") AS "members before"
  FROM "sets"
),
-- Sets of as many members as the set before them, each of which is a member there too.
"repeated" AS (
  SELECT compared."hk_l_deal", compared."load_dt", compared."load date before"
  FROM "compared" AS compared
  JOIN "members" AS member
    ON member."hk_l_deal" = compared."hk_l_deal"
    AND member."load_dt" = compared."load_dt"
  JOIN "members" AS earlier
    ON earlier."hk_l_deal" = compared."hk_l_deal"
    AND earlier."load_dt" = compared."load date before"
    AND earlier."start_dt" = member."start_dt"
    AND NOT (earlier."end_dt" IS DISTINCT FROM member."end_dt")
  WHERE compared."members" = compared."members before"
  GROUP BY compared."hk_l_deal", compared."load_dt", compared."load date before", compared."members"
  HAVING COUNT(*) = compared."members"
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT repeated."hk_l_deal", repeated."load date before", repeated."load_dt"
  FROM "repeated" AS repeated
  LEFT JOIN (
    SELECT "load_dt", MIN("opened_at") AS "opened_at"
    FROM "dv_meta"."batch"
    GROUP BY "load_dt"
  ) AS own_batch ON own_batch."load_dt" = repeated."load_dt"
  LEFT JOIN (
    SELECT "load_dt", MAX("opened_at") AS "opened_at"
    FROM "dv_meta"."batch"
    GROUP BY "load_dt"
  ) AS batch_before ON batch_before."load_dt" = repeated."load date before"
  WHERE (
      own_batch."opened_at" IS NULL
      OR batch_before."opened_at" IS NULL
      OR batch_before."opened_at" <= own_batch."opened_at"
    )
) AS found
ORDER BY "hk_l_deal", "load_dt"
LIMIT 5;

-- Vault: rows that share hk_l_deal, load_dt, start_dt.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_l_deal", "load_dt", "start_dt", COUNT(*) AS "rows"
  FROM "vault"."e_deal"
  GROUP BY "hk_l_deal", "load_dt", "start_dt"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_l_deal", "load_dt", "start_dt"
LIMIT 5;

-- Vault: rows that say the same as the row of their key before them.
WITH
"several" AS (
  SELECT "hk_l_deal"
  FROM "vault"."e_deal"
  GROUP BY "hk_l_deal"
  HAVING MIN("load_dt") < MAX("load_dt")
),
"members" AS (
  SELECT DISTINCT "hk_l_deal", "load_dt", "start_dt", "end_dt"
  FROM "vault"."e_deal"
  WHERE "hk_l_deal" IN (SELECT "hk_l_deal" FROM "several")
),
"sets" AS (
  SELECT "hk_l_deal", "load_dt", COUNT(*) AS "members"
  FROM "members"
  GROUP BY "hk_l_deal", "load_dt"
),
"compared" AS (
  SELECT
    "hk_l_deal",
    "load_dt",
    "members",
    LAG("load_dt") OVER (PARTITION BY "hk_l_deal" ORDER BY "load_dt") AS "load date before",
    LAG("members") OVER (PARTITION BY "hk_l_deal" ORDER BY "load_dt") AS "members before"
  FROM "sets"
),
-- Sets of as many members as the set before them, each of which is a member there too.
"repeated" AS (
  SELECT compared."hk_l_deal", compared."load_dt", compared."load date before"
  FROM "compared" AS compared
  JOIN "members" AS member
    ON member."hk_l_deal" = compared."hk_l_deal"
    AND member."load_dt" = compared."load_dt"
  JOIN "members" AS earlier
    ON earlier."hk_l_deal" = compared."hk_l_deal"
    AND earlier."load_dt" = compared."load date before"
    AND earlier."start_dt" = member."start_dt"
    AND NOT (earlier."end_dt" IS DISTINCT FROM member."end_dt")
  WHERE compared."members" = compared."members before"
  GROUP BY compared."hk_l_deal", compared."load_dt", compared."load date before", compared."members"
  HAVING COUNT(*) = compared."members"
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT repeated."hk_l_deal", repeated."load date before", repeated."load_dt"
  FROM "repeated" AS repeated
  LEFT JOIN (
    SELECT "load_dt", MIN("opened_at") AS "opened_at"
    FROM "dv_meta"."batch"
    GROUP BY "load_dt"
  ) AS own_batch ON own_batch."load_dt" = repeated."load_dt"
  LEFT JOIN (
    SELECT "load_dt", MAX("opened_at") AS "opened_at"
    FROM "dv_meta"."batch"
    GROUP BY "load_dt"
  ) AS batch_before ON batch_before."load_dt" = repeated."load date before"
  WHERE (
      own_batch."opened_at" IS NULL
      OR batch_before."opened_at" IS NULL
      OR batch_before."opened_at" <= own_batch."opened_at"
    )
) AS found
ORDER BY "hk_l_deal", "load_dt"
LIMIT 5;

-- Vault: rows that refer to a key which is not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'l_deal' AS "parent", child."hk_l_deal", child."load_dt"
  FROM "vault"."e_deal" AS child
  WHERE child."hk_l_deal" NOT IN (
    SELECT held."hk_l_deal"
    FROM "vault"."l_deal" AS held
  )
) AS found
ORDER BY "parent", "hk_l_deal", "load_dt"
LIMIT 5;
