-- check s_group_name: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:18.
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
      AND held."first" = held."last"
    THEN 1
    ELSE 0
  END AS "mirror"
FROM (
  SELECT COUNT(*) AS "rows", SUM("print") AS "prints"
  FROM (
    SELECT HASH(staged."hk_group_id", staged."group_name", staged."hashdiff_s_group_name", staged."load_dt") AS "print"
    FROM "stage"."groups" AS staged
    WHERE "row_no" NOT IN (SELECT "row_no" FROM "stage"."groups_repeats")
    UNION ALL
    SELECT CASE WHEN MIN("print") = MAX("print") THEN MIN("print") END
    FROM (
      SELECT "hk_group_id" AS "key", HASH(staged."hk_group_id", staged."group_name", staged."hashdiff_s_group_name", staged."load_dt") AS "print"
      FROM "stage"."groups" AS staged
      WHERE "row_no" IN (SELECT "row_no" FROM "stage"."groups_repeats")
    ) AS repeated
    GROUP BY "key"
  ) AS printed
) AS staged
CROSS JOIN (
  SELECT COUNT(*) AS "rows", SUM(HASH(held."hk_group_id", held."group_name", held."hashdiff", held."load_dt")) AS "prints", MIN("load_dt") AS "first", MAX("load_dt") AS "last"
  FROM "vault"."s_group_name" AS held
  WHERE "load_dt" IN (SELECT DISTINCT "load_dt" FROM "stage"."groups")
) AS held
CROSS JOIN (SELECT COUNT(*) AS "rows" FROM "vault"."s_group_name") AS whole;

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
          OR held."group_name" IS DISTINCT FROM staged."group_name"
          OR held."hashdiff" IS DISTINCT FROM staged."hashdiff_s_group_name"
        THEN 1
      END
    ) AS "reconciliation",
    0 AS "no_repeats"
  FROM "stage"."groups" AS staged
  LEFT JOIN "vault"."s_group_name" AS held
    ON held."hk_group_id" = staged."hk_group_id"
    AND held."load_dt" = staged."load_dt"
  WHERE staged."hk_group_id" IS NOT NULL
  UNION ALL
  SELECT -COUNT(*), 0, 0 FROM "stage"."groups" AS staged WHERE staged."hk_group_id" IS NOT NULL
  UNION ALL
  -- May a row say what the one before it says? Not where all rows are of one load date.
  SELECT 0, 0, CASE WHEN MIN("load_dt") < MAX("load_dt") THEN 1 ELSE 0 END FROM "vault"."s_group_name"
) AS probed;

-- Batch: rows that share hk_group_id, load_dt.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_group_id", "load_dt", COUNT(*) AS "rows"
  FROM "vault"."s_group_name"
  WHERE "hk_group_id" IN (
    SELECT "hk_group_id" FROM "stage"."groups"
  )
  GROUP BY "hk_group_id", "load_dt"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_group_id", "load_dt"
LIMIT 5;

-- Batch: staged rows that can neither be read back nor are in the rejects. What can be read back
-- of a key at a load date is its newest row by then, and that has to have the staged values.
WITH
"rejected" AS (
  SELECT "source", "row_no", "reason"
  FROM "dv_meta"."rejects"
  WHERE "batch_id" IN (SELECT "batch_id" FROM "dv_meta"."newest_batch")
    AND "phase" = 'load'
    AND "entity" = 's_group_name'
),
-- Rows that are not stored just as they were staged: they should repeat the row before them.
"unstored" AS (
  SELECT
    'groups' AS "source",
    staged."row_no",
    staged."hk_group_id",
    staged."group_name",
    staged."hashdiff_s_group_name" AS "hashdiff",
    staged."load_dt"
  FROM "stage"."groups" AS staged
  LEFT JOIN "vault"."s_group_name" AS held
    ON held."hk_group_id" = staged."hk_group_id"
    AND held."load_dt" = staged."load_dt"
  WHERE staged."hk_group_id" IS NOT NULL
    AND (
      held."load_dt" IS NULL
      OR held."group_name" IS DISTINCT FROM staged."group_name"
      OR held."hashdiff" IS DISTINCT FROM staged."hashdiff_s_group_name"
    )
),
-- What is stored of their keys.
"stored" AS (
  SELECT held."hk_group_id", held."group_name", held."hashdiff", held."load_dt"
  FROM "vault"."s_group_name" AS held
  WHERE held."hk_group_id" IN (SELECT "hk_group_id" FROM "unstored")
),
"reached" AS (
  SELECT unstored."source", unstored."row_no", MAX(held."load_dt") AS "load_dt"
  FROM "unstored" AS unstored
  JOIN "stored" AS held
    ON held."hk_group_id" = unstored."hk_group_id"
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
    ON held."hk_group_id" = unstored."hk_group_id"
    AND held."load_dt" = reached."load_dt"
  WHERE NOT (held."group_name" IS DISTINCT FROM unstored."group_name"
    OR held."hashdiff" IS DISTINCT FROM unstored."hashdiff")
  UNION
  -- Of equal rows one is in the rejects for all.
  SELECT unstored."source", unstored."row_no"
  FROM "unstored" AS unstored
  JOIN "unstored" AS other
    ON other."hk_group_id" = unstored."hk_group_id" AND other."load_dt" = unstored."load_dt"
  JOIN "rejected" AS rejected
    ON rejected."source" = other."source"
    AND rejected."row_no" = other."row_no"
  WHERE NOT (other."group_name" IS DISTINCT FROM unstored."group_name"
    OR other."hashdiff" IS DISTINCT FROM unstored."hashdiff")
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT unstored."source", unstored."row_no", unstored."hk_group_id", unstored."load_dt"
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
"stored" AS MATERIALIZED (
  SELECT "hk_group_id", "hashdiff", "load_dt"
  FROM "vault"."s_group_name"
  WHERE "hk_group_id" IN (
    SELECT "hk_group_id" FROM "stage"."groups"
  )
),
"several" AS (
  SELECT DISTINCT "hk_group_id"
  FROM "stored"
  WHERE "load_dt" NOT IN (
    SELECT "load_dt" FROM "stage"."groups"
  )
),
"compared" AS (
  SELECT
    held."hk_group_id",
    held."hashdiff",
    held."load_dt",
    LAG(held."hashdiff") OVER (PARTITION BY held."hk_group_id" ORDER BY held."load_dt") AS "hashdiff before",
    LAG(held."load_dt") OVER (PARTITION BY held."hk_group_id" ORDER BY held."load_dt") AS "load date before"
  FROM "stored" AS held
  JOIN "several" AS several ON several."hk_group_id" = held."hk_group_id"
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT compared."hk_group_id", compared."load date before", compared."load_dt"
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
ORDER BY "hk_group_id", "load_dt"
LIMIT 5;

-- Vault: rows that share hk_group_id, load_dt.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_group_id", "load_dt", COUNT(*) AS "rows"
  FROM "vault"."s_group_name"
  GROUP BY "hk_group_id", "load_dt"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_group_id", "load_dt"
LIMIT 5;

-- Vault: rows that say the same as the row of their key before them.
WITH
"several" AS (
  SELECT "hk_group_id"
  FROM "vault"."s_group_name"
  GROUP BY "hk_group_id"
  HAVING MIN("load_dt") < MAX("load_dt")
),
"compared" AS (
  SELECT
    held."hk_group_id",
    held."hashdiff",
    held."load_dt",
    LAG(held."hashdiff") OVER (PARTITION BY held."hk_group_id" ORDER BY held."load_dt") AS "hashdiff before",
    LAG(held."load_dt") OVER (PARTITION BY held."hk_group_id" ORDER BY held."load_dt") AS "load date before"
  FROM "vault"."s_group_name" AS held
  JOIN "several" AS several ON several."hk_group_id" = held."hk_group_id"
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT compared."hk_group_id", compared."load date before", compared."load_dt"
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
ORDER BY "hk_group_id", "load_dt"
LIMIT 5;

-- Vault: rows that refer to a key which is not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'h_groups' AS "parent", child."hk_group_id", child."load_dt"
  FROM "vault"."s_group_name" AS child
  WHERE child."hk_group_id" NOT IN (
    SELECT held."hk_group_id"
    FROM "vault"."h_groups" AS held
  )
) AS found
ORDER BY "parent", "hk_group_id", "load_dt"
LIMIT 5;
