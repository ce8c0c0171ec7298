-- check m_phone: rendered by dv-gen from metadata/model.yml:43.
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
          OR held."kind" IS DISTINCT FROM staged."kind"
          OR held."number" IS DISTINCT FROM staged."number"
          OR held."hashdiff" IS DISTINCT FROM staged."hashdiff_m_phone"
        THEN 1
      END
    ) AS "reconciliation",
    0 AS "no_repeats"
  FROM "stage"."phones" AS staged
  LEFT JOIN "vault"."m_phone" AS held
    ON held."hk_person" = staged."hk_person"
    AND held."load_dt" = staged."load_dt"
    AND held."hashdiff" = staged."hashdiff_m_phone"
  WHERE staged."hk_person" IS NOT NULL
  UNION ALL
  SELECT -COUNT(*), 0, 0 FROM "stage"."phones" AS staged WHERE staged."hk_person" IS NOT NULL
  UNION ALL
  SELECT 0, COUNT(*), 0 FROM "stage"."phones" AS staged WHERE staged."hk_person" IS NULL
  UNION ALL
  -- May a row say what the one before it says? Not where all rows are of one load date.
  SELECT 0, 0, CASE
    WHEN (SELECT COUNT(*) FROM "dv_meta"."batch") > 1 THEN 1
    WHEN (SELECT MIN("load_dt") < MAX("load_dt") FROM "vault"."m_phone") THEN 1
    ELSE 0
  END
) AS probed;

-- Batch: rows that share hk_person, load_dt, kind.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_person", "load_dt", "kind", COUNT(*) AS "rows"
  FROM "vault"."m_phone"
  WHERE "hk_person" IN (
    SELECT "hk_person" FROM "stage"."phones"
  )
  GROUP BY "hk_person", "load_dt", "kind"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_person", "load_dt", "kind"
LIMIT 5;

-- Batch: staged rows that can neither be read back nor are in the rejects. What can be read back
-- of a key at a load date is its newest row by then, and that has to have the staged values.
WITH
"rejected" AS (
  SELECT "source", "row_no", "reason"
  FROM "dv_meta"."rejects"
  WHERE "batch_id" IN (SELECT "batch_id" FROM "dv_meta"."newest_batch")
    AND "phase" = 'load'
    AND "entity" = 'm_phone'
),
-- Rows that are not stored just as they were staged: they should repeat the row before them.
"unstored" AS (
  SELECT
    'phones' AS "source",
    staged."row_no",
    staged."hk_person",
    staged."kind",
    staged."number",
    staged."hashdiff_m_phone" AS "hashdiff",
    staged."load_dt"
  FROM "stage"."phones" AS staged
  LEFT JOIN "vault"."m_phone" AS held
    ON held."hk_person" = staged."hk_person"
    AND held."load_dt" = staged."load_dt"
    AND held."hashdiff" = staged."hashdiff_m_phone"
  WHERE staged."hk_person" IS NOT NULL
    AND (
      held."load_dt" IS NULL
      OR held."kind" IS DISTINCT FROM staged."kind"
      OR held."number" IS DISTINCT FROM staged."number"
      OR held."hashdiff" IS DISTINCT FROM staged."hashdiff_m_phone"
    )
),
-- What is stored of their keys.
"stored" AS (
  SELECT held."hk_person", held."kind", held."number", held."hashdiff", held."load_dt"
  FROM "vault"."m_phone" AS held
  WHERE held."hk_person" IN (SELECT "hk_person" FROM "unstored")
),
"reached" AS (
  SELECT unstored."source", unstored."row_no", MAX(held."load_dt") AS "load_dt"
  FROM "unstored" AS unstored
  JOIN "stored" AS held
    ON held."hk_person" = unstored."hk_person"
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
    ON held."hk_person" = unstored."hk_person"
    AND held."load_dt" = reached."load_dt"
    AND held."hashdiff" = unstored."hashdiff"
  WHERE NOT (held."kind" IS DISTINCT FROM unstored."kind"
    OR held."number" IS DISTINCT FROM unstored."number"
    OR held."hashdiff" IS DISTINCT FROM unstored."hashdiff")
  UNION
  -- Of equal rows one is in the rejects for all.
  SELECT unstored."source", unstored."row_no"
  FROM "unstored" AS unstored
  JOIN "unstored" AS other
    ON other."hk_person" = unstored."hk_person" AND other."load_dt" = unstored."load_dt"
  JOIN "rejected" AS rejected
    ON rejected."source" = other."source"
    AND rejected."row_no" = other."row_no"
  WHERE NOT (other."kind" IS DISTINCT FROM unstored."kind"
    OR other."number" IS DISTINCT FROM unstored."number"
    OR other."hashdiff" IS DISTINCT FROM unstored."hashdiff")
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT unstored."source", unstored."row_no", unstored."hk_person", unstored."load_dt"
  FROM "unstored" AS unstored
  LEFT JOIN "settled" AS settled
    ON settled."source" = unstored."source"
    AND settled."row_no" = unstored."row_no"
  WHERE settled."row_no" IS NULL
UNION ALL
  SELECT 'phones' AS "source", staged."row_no", staged."hk_person", staged."load_dt"
  FROM "stage"."phones" AS staged
  WHERE staged."hk_person" IS NULL
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "rejected" WHERE "source" = 'phones' AND "reason" = 'no key')
) AS found
ORDER BY "source", "row_no"
LIMIT 5;

-- Batch: rows that say the same as the row of their key before them.
WITH
"stored" AS (
  SELECT "hk_person", "load_dt", "hashdiff"
  FROM "vault"."m_phone"
  WHERE "hk_person" IN (
    SELECT "hk_person" FROM "stage"."phones"
  )
),
"several" AS (
  SELECT "hk_person"
  FROM "stored"
  GROUP BY "hk_person"
  HAVING MIN("load_dt") < MAX("load_dt")
),
"members" AS (
  SELECT DISTINCT "hk_person", "load_dt", "hashdiff"
  FROM "stored"
  WHERE "hk_person" IN (SELECT "hk_person" FROM "several")
),
"sets" AS (
  SELECT "hk_person", "load_dt", COUNT(*) AS "members"
  FROM "members"
  GROUP BY "hk_person", "load_dt"
),
"compared" AS (
  SELECT
    "hk_person",
    "load_dt",
    "members",
    LAG("load_dt") OVER (PARTITION BY "hk_person" ORDER BY "load_dt") AS "load date before",
    LAG("members") OVER (PARTITION BY "hk_person" ORDER BY "load_dt") AS "members before"
  FROM "sets"
),
-- Sets of as many members as the set before them, each of which is a member there too.
"repeated" AS (
  SELECT compared."hk_person", compared."load_dt", compared."load date before"
  FROM "compared" AS compared
  JOIN "members" AS member
    ON member."hk_person" = compared."hk_person"
    AND member."load_dt" = compared."load_dt"
  JOIN "members" AS earlier
    ON earlier."hk_person" = compared."hk_person"
    AND earlier."load_dt" = compared."load date before"
    AND earlier."hashdiff" = member."hashdiff"
  WHERE compared."members" = compared."members before"
  GROUP BY compared."hk_person", compared."load_dt", compared."load date before", compared."members"
  HAVING COUNT(*) = compared."members"
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT repeated."hk_person", repeated."load date before", repeated."load_dt"
  FROM "repeated" AS repeated
  WHERE NOT EXISTS (SELECT 1 FROM "dv_meta"."batch" WHERE "allow_late")
) AS found
ORDER BY "hk_person", "load_dt"
LIMIT 5;

-- Vault: rows that share hk_person, load_dt, kind.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_person", "load_dt", "kind", COUNT(*) AS "rows"
  FROM "vault"."m_phone"
  GROUP BY "hk_person", "load_dt", "kind"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_person", "load_dt", "kind"
LIMIT 5;

-- Vault: rows that say the same as the row of their key before them.
WITH
"several" AS (
  SELECT "hk_person"
  FROM "vault"."m_phone"
  GROUP BY "hk_person"
  HAVING MIN("load_dt") < MAX("load_dt")
),
"members" AS (
  SELECT DISTINCT "hk_person", "load_dt", "hashdiff"
  FROM "vault"."m_phone"
  WHERE "hk_person" IN (SELECT "hk_person" FROM "several")
),
"sets" AS (
  SELECT "hk_person", "load_dt", COUNT(*) AS "members"
  FROM "members"
  GROUP BY "hk_person", "load_dt"
),
"compared" AS (
  SELECT
    "hk_person",
    "load_dt",
    "members",
    LAG("load_dt") OVER (PARTITION BY "hk_person" ORDER BY "load_dt") AS "load date before",
    LAG("members") OVER (PARTITION BY "hk_person" ORDER BY "load_dt") AS "members before"
  FROM "sets"
),
-- Sets of as many members as the set before them, each of which is a member there too.
"repeated" AS (
  SELECT compared."hk_person", compared."load_dt", compared."load date before"
  FROM "compared" AS compared
  JOIN "members" AS member
    ON member."hk_person" = compared."hk_person"
    AND member."load_dt" = compared."load_dt"
  JOIN "members" AS earlier
    ON earlier."hk_person" = compared."hk_person"
    AND earlier."load_dt" = compared."load date before"
    AND earlier."hashdiff" = member."hashdiff"
  WHERE compared."members" = compared."members before"
  GROUP BY compared."hk_person", compared."load_dt", compared."load date before", compared."members"
  HAVING COUNT(*) = compared."members"
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT repeated."hk_person", repeated."load date before", repeated."load_dt"
  FROM "repeated" AS repeated
  WHERE NOT EXISTS (SELECT 1 FROM "dv_meta"."batch" WHERE "allow_late")
) AS found
ORDER BY "hk_person", "load_dt"
LIMIT 5;

-- Vault: rows that refer to a key which is not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'h_person' AS "parent", child."hk_person", child."load_dt"
  FROM "vault"."m_phone" AS child
  WHERE child."hk_person" NOT IN (
    SELECT held."hk_person"
    FROM "vault"."h_person" AS held
  )
) AS found
ORDER BY "parent", "hk_person", "load_dt"
LIMIT 5;
