-- check c_code: rendered by dv-gen from metadata/model.yml:51.
-- Edit the metadata or the templates, not this file.
-- Every query returns the rows that should not be: how many, and the first of them.
-- What says 'Batch' looks at the keys in the stage: at the end of every batch.
-- What says 'Vault' reads the whole table: with `dv-gen test` only.

-- Batch: staged rows that can neither be read back nor are in the rejects. What can be read back
-- of a key at a load date is its newest row by then, and that has to have the staged values.
WITH
"rejected" AS (
  SELECT "source", "row_no", "reason"
  FROM "dv_meta"."rejects"
  WHERE "batch_id" IN (SELECT "batch_id" FROM "dv_meta"."newest_batch")
    AND "phase" = 'load'
    AND "entity" = 'c_code'
),
-- Rows that are not stored just as they were staged: they should repeat the row before them.
"unstored" AS (
  SELECT
    'codes' AS "source",
    staged."row_no",
    staged."area",
    staged."code",
    staged."meaning",
    staged."hashdiff_c_code" AS "hashdiff",
    staged."load_dt"
  FROM "stage"."codes" AS staged
  LEFT JOIN "vault"."c_code" AS held
    ON held."area" = staged."area"
    AND held."code" = staged."code"
    AND held."load_dt" = staged."load_dt"
  WHERE staged."area" IS NOT NULL AND TRIM(BOTH ' ' FROM staged."code") <> ''
    AND (
      held."load_dt" IS NULL
      OR NOT (held."meaning" <=> staged."meaning")
      OR NOT (held."hashdiff" <=> staged."hashdiff_c_code")
    )
),
-- What is stored of their keys.
"stored" AS (
  SELECT held."area", held."code", held."meaning", held."hashdiff", held."load_dt"
  FROM "vault"."c_code" AS held
  WHERE EXISTS (SELECT 1 FROM "unstored" AS unstored WHERE unstored."area" = held."area" AND unstored."code" = held."code")
),
"reached" AS (
  SELECT unstored."source", unstored."row_no", MAX(held."load_dt") AS "load_dt"
  FROM "unstored" AS unstored
  JOIN "stored" AS held
    ON held."area" = unstored."area" AND held."code" = unstored."code"
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
    ON held."area" = unstored."area" AND held."code" = unstored."code"
    AND held."load_dt" = reached."load_dt"
  WHERE NOT (NOT (held."meaning" <=> unstored."meaning")
    OR NOT (held."hashdiff" <=> unstored."hashdiff"))
  UNION
  -- Of equal rows one is in the rejects for all.
  SELECT unstored."source", unstored."row_no"
  FROM "unstored" AS unstored
  JOIN "unstored" AS other
    ON other."area" = unstored."area" AND other."code" = unstored."code" AND other."load_dt" = unstored."load_dt"
  JOIN "rejected" AS rejected
    ON rejected."source" = other."source"
    AND rejected."row_no" = other."row_no"
  WHERE NOT (NOT (other."meaning" <=> unstored."meaning")
    OR NOT (other."hashdiff" <=> unstored."hashdiff"))
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT unstored."source", unstored."row_no", unstored."area", unstored."code", unstored."load_dt"
  FROM "unstored" AS unstored
  LEFT JOIN "settled" AS settled
    ON settled."source" = unstored."source"
    AND settled."row_no" = unstored."row_no"
  WHERE settled."row_no" IS NULL
UNION ALL
  SELECT 'codes' AS "source", staged."row_no", staged."area", staged."code", staged."load_dt"
  FROM "stage"."codes" AS staged
  WHERE (staged."area" IS NULL OR staged."code" IS NULL OR TRIM(BOTH ' ' FROM staged."code") = '')
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "rejected" WHERE "source" = 'codes' AND "reason" = 'no key')
) AS found
ORDER BY "source", "row_no"
LIMIT 5;

-- Vault: rows that share area, code, load_dt.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "area", "code", "load_dt", COUNT(*) AS "rows"
  FROM "vault"."c_code"
  GROUP BY "area", "code", "load_dt"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "area", "code", "load_dt"
LIMIT 5;

-- Vault: rows that say the same as the row of their key before them.
WITH
"several" AS (
  SELECT "area", "code"
  FROM "vault"."c_code"
  GROUP BY "area", "code"
  HAVING MIN("load_dt") < MAX("load_dt")
),
"compared" AS (
  SELECT
    held."area",
    held."code",
    held."hashdiff",
    held."load_dt",
    LAG(held."hashdiff") OVER (PARTITION BY held."area", held."code" ORDER BY held."load_dt") AS "hashdiff before",
    LAG(held."load_dt") OVER (PARTITION BY held."area", held."code" ORDER BY held."load_dt") AS "load date before"
  FROM "vault"."c_code" AS held
  JOIN "several" AS several ON several."area" = held."area" AND several."code" = held."code"
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT compared."area", compared."code", compared."load date before", compared."load_dt"
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
    AND NOT (NOT (compared."hashdiff" <=> compared."hashdiff before"))
    AND (
      own_batch."opened_at" IS NULL
      OR batch_before."opened_at" IS NULL
      OR batch_before."opened_at" <= own_batch."opened_at"
    )
) AS found
ORDER BY "area", "code", "load_dt"
LIMIT 5;
