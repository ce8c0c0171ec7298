-- check c_fixed: rendered by dv-gen from metadata/model.yml:52.
-- Edit the metadata or the templates, not this file.
-- Every query returns the rows that should not be: how many, and the first of them.
-- What says 'Batch' looks at the keys in the stage: at the end of every batch.
-- What says 'Vault' reads the whole table: with `dv-gen test` only.

-- Batch: staged codes that are not there.
WITH
"rejected" AS (
  SELECT "source", "row_no", "reason"
  FROM "dv_meta"."rejects"
  WHERE "batch_id" IN (SELECT "batch_id" FROM "dv_meta"."newest_batch")
    AND "phase" = 'load'
    AND "entity" = 'c_fixed'
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'codes' AS "source", staged."row_no", staged."code", staged."load_dt"
  FROM "stage"."codes" AS staged
  LEFT JOIN "vault"."c_fixed" AS held
    ON held."code" = staged."code"
  WHERE TRIM(BOTH ' ' FROM staged."code") <> ''
    AND held."load_dt" IS NULL
UNION ALL
  SELECT 'codes' AS "source", staged."row_no", staged."code", staged."load_dt"
  FROM "stage"."codes" AS staged
  WHERE (staged."code" IS NULL OR TRIM(BOTH ' ' FROM staged."code") = '')
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "rejected" WHERE "source" = 'codes' AND "reason" = 'no key')
) AS found
ORDER BY "source", "row_no"
LIMIT 5;

-- Vault: rows that share code.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "code", COUNT(*) AS "rows"
  FROM "vault"."c_fixed"
  GROUP BY "code"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "code"
LIMIT 5;
