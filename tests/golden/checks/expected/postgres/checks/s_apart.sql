-- check s_apart: rendered by dv-gen from metadata/model.yml:40.
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
          OR held."name" IS DISTINCT FROM staged."name"
          OR held."hashdiff" IS DISTINCT FROM staged."hashdiff_s_apart"
        THEN 1
      END
    ) AS "reconciliation",
    0 AS "no_repeats"
  FROM "stage"."people" AS staged
  LEFT JOIN "vault"."s_apart" AS held
    ON held."hk_person" = staged."hk_person"
    AND held."load_dt" = staged."load_dt"
  WHERE staged."hk_person" IS NOT NULL
  UNION ALL
  SELECT -COUNT(*), 0, 0 FROM "stage"."people" AS staged WHERE staged."hk_person" IS NOT NULL
  UNION ALL
  SELECT 0, COUNT(*), 0 FROM "stage"."people" AS staged WHERE staged."hk_person" IS NULL
  UNION ALL
  -- May a row say what the one before it says? Not where all rows are of one load date.
  SELECT 0, 0, CASE
    WHEN (SELECT COUNT(*) FROM "dv_meta"."batch") > 1 THEN 1
    WHEN (SELECT MIN("load_dt") < MAX("load_dt") FROM "vault"."s_apart") THEN 1
    ELSE 0
  END
) AS probed;

-- Batch: rows that share hk_person, load_dt.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_person", "load_dt", COUNT(*) AS "rows"
  FROM "vault"."s_apart"
  WHERE "hk_person" IN (
    SELECT "hk_person" FROM "stage"."people"
  )
  GROUP BY "hk_person", "load_dt"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_person", "load_dt"
LIMIT 5;

-- Batch: staged rows that can neither be read back nor are in the rejects. What can be read back
-- of a key at a load date is its newest row by then, and that has to have the staged values.
WITH
"rejected" AS (
  SELECT "source", "row_no", "reason"
  FROM "dv_meta"."rejects"
  WHERE "batch_id" IN (SELECT "batch_id" FROM "dv_meta"."newest_batch")
    AND "phase" = 'load'
    AND "entity" = 's_apart'
),
-- Rows that are not stored just as they were staged: they should repeat the row before them.
"unstored" AS (
  SELECT
    'people' AS "source",
    staged."row_no",
    staged."hk_person",
    staged."name",
    staged."hashdiff_s_apart" AS "hashdiff",
    staged."load_dt"
  FROM "stage"."people" AS staged
  LEFT JOIN "vault"."s_apart" AS held
    ON held."hk_person" = staged."hk_person"
    AND held."load_dt" = staged."load_dt"
  WHERE staged."hk_person" IS NOT NULL
    AND (
      held."load_dt" IS NULL
      OR held."name" IS DISTINCT FROM staged."name"
      OR held."hashdiff" IS DISTINCT FROM staged."hashdiff_s_apart"
    )
),
-- Each row of one key and load date may be stored a microsecond behind the one before it.
"spread" AS (
  SELECT "hk_person", "load_dt", COUNT(*) AS "rows"
  FROM (
    SELECT "hk_person", "load_dt"
    FROM "stage"."people"
  ) AS staged
  GROUP BY "hk_person", "load_dt"
),
-- What is stored of their keys.
"stored" AS (
  SELECT held."hk_person", held."name", held."hashdiff", held."load_dt"
  FROM "vault"."s_apart" AS held
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
  WHERE NOT (held."name" IS DISTINCT FROM unstored."name"
    OR held."hashdiff" IS DISTINCT FROM unstored."hashdiff")
  UNION
  SELECT unstored."source", unstored."row_no"
  FROM "unstored" AS unstored
  JOIN "spread" AS spread
    ON spread."hk_person" = unstored."hk_person" AND spread."load_dt" = unstored."load_dt"
  JOIN "stored" AS held
    ON held."hk_person" = unstored."hk_person"
  WHERE held."load_dt" > unstored."load_dt"
    AND held."load_dt" < unstored."load_dt" + spread."rows" * INTERVAL '1 microsecond'
    AND NOT (held."name" IS DISTINCT FROM unstored."name"
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
  WHERE NOT (other."name" IS DISTINCT FROM unstored."name"
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
  SELECT 'people' AS "source", staged."row_no", staged."hk_person", staged."load_dt"
  FROM "stage"."people" AS staged
  WHERE staged."hk_person" IS NULL
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "rejected" WHERE "source" = 'people' AND "reason" = 'no key')
) AS found
ORDER BY "source", "row_no"
LIMIT 5;

-- Batch: rows that say the same as the row of their key before them.
WITH
"stored" AS (
  SELECT "hk_person", "hashdiff", "load_dt"
  FROM "vault"."s_apart"
  WHERE "hk_person" IN (
    SELECT "hk_person" FROM "stage"."people"
  )
),
"several" AS (
  SELECT DISTINCT "hk_person"
  FROM "stored"
  WHERE "load_dt" NOT IN (
    SELECT "load_dt" FROM "stage"."people"
  )
),
"compared" AS (
  SELECT
    held."hk_person",
    held."hashdiff",
    held."load_dt",
    LAG(held."hashdiff") OVER (PARTITION BY held."hk_person" ORDER BY held."load_dt") AS "hashdiff before",
    LAG(held."load_dt") OVER (PARTITION BY held."hk_person" ORDER BY held."load_dt") AS "load date before"
  FROM "stored" AS held
  JOIN "several" AS several ON several."hk_person" = held."hk_person"
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT compared."hk_person", compared."load date before", compared."load_dt"
  FROM "compared" AS compared
  WHERE compared."load date before" < compared."load_dt"
    AND NOT (compared."hashdiff" IS DISTINCT FROM compared."hashdiff before")
    AND NOT EXISTS (SELECT 1 FROM "dv_meta"."batch" WHERE "allow_late")
) AS found
ORDER BY "hk_person", "load_dt"
LIMIT 5;

-- Vault: rows that share hk_person, load_dt.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_person", "load_dt", COUNT(*) AS "rows"
  FROM "vault"."s_apart"
  GROUP BY "hk_person", "load_dt"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_person", "load_dt"
LIMIT 5;

-- Vault: rows that say the same as the row of their key before them.
WITH
"several" AS (
  SELECT "hk_person"
  FROM "vault"."s_apart"
  GROUP BY "hk_person"
  HAVING MIN("load_dt") < MAX("load_dt")
),
"compared" AS (
  SELECT
    held."hk_person",
    held."hashdiff",
    held."load_dt",
    LAG(held."hashdiff") OVER (PARTITION BY held."hk_person" ORDER BY held."load_dt") AS "hashdiff before",
    LAG(held."load_dt") OVER (PARTITION BY held."hk_person" ORDER BY held."load_dt") AS "load date before"
  FROM "vault"."s_apart" AS held
  JOIN "several" AS several ON several."hk_person" = held."hk_person"
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT compared."hk_person", compared."load date before", compared."load_dt"
  FROM "compared" AS compared
  WHERE compared."load date before" < compared."load_dt"
    AND NOT (compared."hashdiff" IS DISTINCT FROM compared."hashdiff before")
    AND NOT EXISTS (SELECT 1 FROM "dv_meta"."batch" WHERE "allow_late")
) AS found
ORDER BY "hk_person", "load_dt"
LIMIT 5;

-- Vault: rows that refer to a key which is not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'h_person' AS "parent", child."hk_person", child."load_dt"
  FROM "vault"."s_apart" AS child
  WHERE child."hk_person" NOT IN (
    SELECT held."hk_person"
    FROM "vault"."h_person" AS held
  )
) AS found
ORDER BY "parent", "hk_person", "load_dt"
LIMIT 5;
