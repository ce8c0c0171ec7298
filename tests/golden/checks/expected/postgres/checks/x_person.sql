-- check x_person: rendered by dv-gen from metadata/model.yml:48.
-- Edit the metadata or the templates, not this file.
-- Every query returns the rows that should not be: how many, and the first of them.
-- What says 'Batch' looks at the keys in the stage: at the end of every batch.
-- What says 'Vault' reads the whole table: with `dv-gen test` only.

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
  FROM "stage"."people" AS staged
  LEFT JOIN "vault"."x_person" AS held
    ON held."hk_person" = staged."hk_person"
    AND held."satellite_name" = 's_name'
    AND held."hashdiff" = staged."hashdiff_s_name"
    AND held."load_dt" = staged."load_dt"
    AND held."load_src" = staged."load_src"
  WHERE staged."hk_person" IS NOT NULL
  UNION ALL
  SELECT -COUNT(*), 0 FROM "stage"."people" AS staged WHERE staged."hk_person" IS NOT NULL
  UNION ALL
  SELECT
    COUNT(*) AS "unique_keys",
    COUNT(
      CASE
        WHEN held."load_dt" IS NULL
        THEN 1
      END
    ) AS "reconciliation"
  FROM "stage"."people" AS staged
  LEFT JOIN "vault"."x_person" AS held
    ON held."hk_person" = staged."hk_person"
    AND held."satellite_name" = 's_apart'
    AND held."hashdiff" = staged."hashdiff_s_apart"
    AND held."load_dt" = staged."load_dt"
    AND held."load_src" = staged."load_src"
  WHERE staged."hk_person" IS NOT NULL
  UNION ALL
  SELECT -COUNT(*), 0 FROM "stage"."people" AS staged WHERE staged."hk_person" IS NOT NULL
  UNION ALL
  SELECT
    COUNT(*) AS "unique_keys",
    COUNT(
      CASE
        WHEN held."load_dt" IS NULL
        THEN 1
      END
    ) AS "reconciliation"
  FROM "stage"."phones" AS staged
  LEFT JOIN "vault"."x_person" AS held
    ON held."hk_person" = staged."hk_person"
    AND held."satellite_name" = 'm_phone'
    AND held."hashdiff" = staged."hashdiff_m_phone"
    AND held."load_dt" = staged."load_dt"
    AND held."load_src" = staged."load_src"
  WHERE staged."hk_person" IS NOT NULL
  UNION ALL
  SELECT -COUNT(*), 0 FROM "stage"."phones" AS staged WHERE staged."hk_person" IS NOT NULL
) AS probed;

-- Batch: rows that share hk_person, satellite_name, hashdiff, load_dt, load_src.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_person", "satellite_name", "hashdiff", "load_dt", "load_src", COUNT(*) AS "rows"
  FROM "vault"."x_person"
  WHERE "hk_person" IN (
    SELECT "hk_person" FROM "stage"."people"
    UNION ALL
    SELECT "hk_person" FROM "stage"."people"
    UNION ALL
    SELECT "hk_person" FROM "stage"."phones"
  )
  GROUP BY "hk_person", "satellite_name", "hashdiff", "load_dt", "load_src"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_person", "satellite_name", "hashdiff", "load_dt", "load_src"
LIMIT 5;

-- Batch: staged appearances that are not recorded.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'people' AS "source", staged."row_no", staged."hk_person", staged."load_dt"
  FROM "stage"."people" AS staged
  LEFT JOIN "vault"."x_person" AS held
    ON held."hk_person" = staged."hk_person"
    AND held."satellite_name" = 's_name'
    AND held."hashdiff" = staged."hashdiff_s_name"
    AND held."load_dt" = staged."load_dt"
    AND held."load_src" = staged."load_src"
  WHERE staged."hk_person" IS NOT NULL
    AND held."load_dt" IS NULL
  UNION ALL
  SELECT 'people' AS "source", staged."row_no", staged."hk_person", staged."load_dt"
  FROM "stage"."people" AS staged
  LEFT JOIN "vault"."x_person" AS held
    ON held."hk_person" = staged."hk_person"
    AND held."satellite_name" = 's_apart'
    AND held."hashdiff" = staged."hashdiff_s_apart"
    AND held."load_dt" = staged."load_dt"
    AND held."load_src" = staged."load_src"
  WHERE staged."hk_person" IS NOT NULL
    AND held."load_dt" IS NULL
  UNION ALL
  SELECT 'phones' AS "source", staged."row_no", staged."hk_person", staged."load_dt"
  FROM "stage"."phones" AS staged
  LEFT JOIN "vault"."x_person" AS held
    ON held."hk_person" = staged."hk_person"
    AND held."satellite_name" = 'm_phone'
    AND held."hashdiff" = staged."hashdiff_m_phone"
    AND held."load_dt" = staged."load_dt"
    AND held."load_src" = staged."load_src"
  WHERE staged."hk_person" IS NOT NULL
    AND held."load_dt" IS NULL
) AS found
ORDER BY "source", "row_no"
LIMIT 5;

-- Vault: rows that share hk_person, satellite_name, hashdiff, load_dt, load_src.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_person", "satellite_name", "hashdiff", "load_dt", "load_src", COUNT(*) AS "rows"
  FROM "vault"."x_person"
  GROUP BY "hk_person", "satellite_name", "hashdiff", "load_dt", "load_src"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_person", "satellite_name", "hashdiff", "load_dt", "load_src"
LIMIT 5;

-- Vault: rows that refer to a key which is not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT 'h_person' AS "parent", child."hk_person", child."load_dt"
  FROM "vault"."x_person" AS child
  WHERE child."hk_person" NOT IN (
    SELECT held."hk_person"
    FROM "vault"."h_person" AS held
  )
) AS found
ORDER BY "parent", "hk_person", "load_dt"
LIMIT 5;
