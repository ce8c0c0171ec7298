-- check t_order: rendered by dv-gen from metadata/model.yml:46.
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
          OR held."hashdiff" IS DISTINCT FROM staged."hashdiff_t_order"
          OR held."status" = 'D'
        THEN 1
      END
    ) AS "reconciliation",
    0 AS "no_repeats"
  FROM "stage"."orders" AS staged
  LEFT JOIN "vault"."t_order" AS held
    ON held."hk_shop_order_no" = staged."hk_shop_order_no"
    AND held."load_dt" = staged."load_dt"
  WHERE staged."hk_shop_order_no" IS NOT NULL
  UNION ALL
  SELECT -COUNT(*), 0, 0 FROM "stage"."orders" AS staged WHERE staged."hk_shop_order_no" IS NOT NULL
  UNION ALL
  -- May a row say what the one before it says? Not where all rows are of one load date.
  SELECT 0, 0, CASE
    WHEN (SELECT COUNT(*) FROM "dv_meta"."batch") > 1 THEN 1
    WHEN (SELECT MIN("load_dt") < MAX("load_dt") FROM "vault"."t_order") THEN 1
    ELSE 0
  END
) AS probed;

-- Batch: rows that share hk_shop_order_no, load_dt.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_shop_order_no", "load_dt", COUNT(*) AS "rows"
  FROM "vault"."t_order"
  WHERE "hk_shop_order_no" IN (
    SELECT "hk_shop_order_no" FROM "stage"."orders"
  )
  GROUP BY "hk_shop_order_no", "load_dt"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_shop_order_no", "load_dt"
LIMIT 5;

-- Batch: staged rows that can neither be read back nor are in the rejects. What can be read back
-- of a key at a load date is its newest row by then, and that has to have the staged values.
WITH
"rejected" AS (
  SELECT "source", "row_no", "reason"
  FROM "dv_meta"."rejects"
  WHERE "batch_id" IN (SELECT "batch_id" FROM "dv_meta"."newest_batch")
    AND "phase" = 'load'
    AND "entity" = 't_order'
),
-- Rows that are not stored just as they were staged: they should repeat the row before them.
"unstored" AS (
  SELECT
    'orders' AS "source",
    staged."row_no",
    staged."hk_shop_order_no",
    staged."hashdiff_t_order" AS "hashdiff",
    staged."load_dt"
  FROM "stage"."orders" AS staged
  LEFT JOIN "vault"."t_order" AS held
    ON held."hk_shop_order_no" = staged."hk_shop_order_no"
    AND held."load_dt" = staged."load_dt"
  WHERE staged."hk_shop_order_no" IS NOT NULL
    AND (
      held."load_dt" IS NULL
      OR held."hashdiff" IS DISTINCT FROM staged."hashdiff_t_order"
      OR held."status" = 'D'
    )
),
-- What is stored of their keys.
"stored" AS (
  SELECT held."hk_shop_order_no", held."hashdiff", held."status", held."load_dt"
  FROM "vault"."t_order" AS held
  WHERE held."hk_shop_order_no" IN (SELECT "hk_shop_order_no" FROM "unstored")
),
"reached" AS (
  SELECT unstored."source", unstored."row_no", MAX(held."load_dt") AS "load_dt"
  FROM "unstored" AS unstored
  JOIN "stored" AS held
    ON held."hk_shop_order_no" = unstored."hk_shop_order_no"
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
    ON held."hk_shop_order_no" = unstored."hk_shop_order_no"
    AND held."load_dt" = reached."load_dt"
  WHERE NOT (held."hashdiff" IS DISTINCT FROM unstored."hashdiff"
    OR held."status" = 'D')
  UNION
  -- Of equal rows one is in the rejects for all.
  SELECT unstored."source", unstored."row_no"
  FROM "unstored" AS unstored
  JOIN "unstored" AS other
    ON other."hk_shop_order_no" = unstored."hk_shop_order_no" AND other."load_dt" = unstored."load_dt"
  JOIN "rejected" AS rejected
    ON rejected."source" = other."source"
    AND rejected."row_no" = other."row_no"
  WHERE NOT (other."hashdiff" IS DISTINCT FROM unstored."hashdiff")
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT unstored."source", unstored."row_no", unstored."hk_shop_order_no", unstored."load_dt"
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
  SELECT "hk_shop_order_no", "status", "load_dt", "hashdiff"
  FROM "vault"."t_order"
  WHERE "hk_shop_order_no" IN (
    SELECT "hk_shop_order_no" FROM "stage"."orders"
  )
),
"several" AS (
  SELECT DISTINCT "hk_shop_order_no"
  FROM "stored"
  WHERE "load_dt" NOT IN (
    SELECT "load_dt" FROM "stage"."orders"
  )
),
"compared" AS (
  SELECT
    "hk_shop_order_no",
    "status",
    "load_dt",
    LAG("load_dt") OVER (PARTITION BY "hk_shop_order_no" ORDER BY "load_dt") AS "load date before",
    "hashdiff" AS "says",
    LAG("hashdiff") OVER (PARTITION BY "hk_shop_order_no" ORDER BY "load_dt") AS "said before",
    COALESCE(LAG("status") OVER (PARTITION BY "hk_shop_order_no" ORDER BY "load_dt"), 'D') AS "status before"
  FROM "stored"
  WHERE "hk_shop_order_no" IN (SELECT "hk_shop_order_no" FROM "several")
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT compared."hk_shop_order_no", compared."status before", compared."status", compared."load date before", compared."load_dt"
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
  WHERE (
      (compared."status" = 'D' AND compared."status before" = 'D')
      OR (compared."status" <> 'D' AND compared."status before" <> 'D' AND compared."says" = compared."said before")
    )
    AND COALESCE(compared."load date before", TIMESTAMP '0001-01-01 00:00:00') < compared."load_dt"
    AND (
      own_batch."opened_at" IS NULL
      OR batch_before."opened_at" IS NULL
      OR batch_before."opened_at" <= own_batch."opened_at"
    )
) AS found
ORDER BY "hk_shop_order_no", "load_dt"
LIMIT 5;

-- Vault: rows that share hk_shop_order_no, load_dt.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_shop_order_no", "load_dt", COUNT(*) AS "rows"
  FROM "vault"."t_order"
  GROUP BY "hk_shop_order_no", "load_dt"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_shop_order_no", "load_dt"
LIMIT 5;

-- Vault: rows that say the same as the row of their key before them.
WITH
"several" AS (
  SELECT "hk_shop_order_no"
  FROM "vault"."t_order"
  GROUP BY "hk_shop_order_no"
  HAVING MIN("load_dt") < MAX("load_dt")
),
"compared" AS (
  SELECT
    "hk_shop_order_no",
    "status",
    "load_dt",
    LAG("load_dt") OVER (PARTITION BY "hk_shop_order_no" ORDER BY "load_dt") AS "load date before",
    "hashdiff" AS "says",
    LAG("hashdiff") OVER (PARTITION BY "hk_shop_order_no" ORDER BY "load_dt") AS "said before",
    COALESCE(LAG("status") OVER (PARTITION BY "hk_shop_order_no" ORDER BY "load_dt"), 'D') AS "status before"
  FROM "vault"."t_order"
  WHERE "hk_shop_order_no" IN (SELECT "hk_shop_order_no" FROM "several")
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT compared."hk_shop_order_no", compared."status before", compared."status", compared."load date before", compared."load_dt"
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
  WHERE (
      (compared."status" = 'D' AND compared."status before" = 'D')
      OR (compared."status" <> 'D' AND compared."status before" <> 'D' AND compared."says" = compared."said before")
    )
    AND COALESCE(compared."load date before", TIMESTAMP '0001-01-01 00:00:00') < compared."load_dt"
    AND (
      own_batch."opened_at" IS NULL
      OR batch_before."opened_at" IS NULL
      OR batch_before."opened_at" <= own_batch."opened_at"
    )
) AS found
ORDER BY "hk_shop_order_no", "load_dt"
LIMIT 5;

-- Vault: rows that refer to a key which is not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'h_order' AS "parent", child."hk_shop_order_no", child."load_dt"
  FROM "vault"."t_order" AS child
  WHERE child."hk_shop_order_no" NOT IN (
    SELECT held."hk_shop_order_no"
    FROM "vault"."h_order" AS held
  )
) AS found
ORDER BY "parent", "hk_shop_order_no", "load_dt"
LIMIT 5;
