-- check h_person: rendered by dv-gen from metadata/model.yml:30.
-- Edit the metadata or the templates, not this file.
-- Every query returns the rows that should not be: how many, and the first of them.
-- What says 'Batch' looks at the keys in the stage: at the end of every batch.
-- What says 'Vault' reads the whole table: with `dv-gen test` only.

-- Batch: staged rows that share their key, but are not in the table of those that do.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT staged."row_no", staged."hk_person"
  FROM "stage"."people" AS staged
  JOIN (
    SELECT "hk_person" FROM "stage"."people" WHERE "hk_person" IS NOT NULL GROUP BY "hk_person" HAVING COUNT(*) > 1
  ) AS repeated ON repeated."hk_person" = staged."hk_person"
  WHERE staged."row_no" NOT IN (SELECT "row_no" FROM "stage"."people_repeats")
) AS found
ORDER BY "row_no"
LIMIT 5;

-- Batch: staged rows that share their key, but are not in the table of those that do.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT staged."row_no", staged."hk_person"
  FROM "stage"."members" AS staged
  JOIN (
    SELECT "hk_person" FROM "stage"."members" WHERE "hk_person" IS NOT NULL GROUP BY "hk_person" HAVING COUNT(*) > 1
  ) AS repeated ON repeated."hk_person" = staged."hk_person"
  WHERE staged."row_no" NOT IN (SELECT "row_no" FROM "stage"."members_repeats")
) AS found
ORDER BY "row_no"
LIMIT 5;

-- Batch: staged rows that share their key, but are not in the table of those that do.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT staged."row_no", staged."hk_person"
  FROM "stage"."phones" AS staged
  JOIN (
    SELECT "hk_person" FROM "stage"."phones" WHERE "hk_person" IS NOT NULL GROUP BY "hk_person" HAVING COUNT(*) > 1
  ) AS repeated ON repeated."hk_person" = staged."hk_person"
  WHERE staged."row_no" NOT IN (SELECT "row_no" FROM "stage"."phones_repeats")
) AS found
ORDER BY "row_no"
LIMIT 5;

-- Batch: how many rows the next queries may find, one number each. Those with 0 are not asked.
SELECT
  SUM("unique_keys") AS "unique_keys",
  SUM("hash_collisions") AS "hash_collisions",
  SUM("reconciliation") AS "reconciliation"
FROM (
  -- A staged key finds one row of the hub, not more.
  SELECT
    COUNT(*) AS "unique_keys",
    COUNT(CASE WHEN held."hk_person" IS NOT NULL AND UPPER(TRIM(BOTH ' ' FROM held."person")) IS DISTINCT FROM UPPER(TRIM(BOTH ' ' FROM staged."person")) THEN 1 END) AS "hash_collisions",
    COUNT(CASE WHEN held."hk_person" IS NULL THEN 1 END) AS "reconciliation"
  FROM (
    SELECT
      'people' AS "source",
      "hk_person",
      "who" AS "person"
    FROM "stage"."people"
    WHERE "hk_person" IS NOT NULL
    UNION ALL
    SELECT
      'people' AS "source",
      "hk_person_boss" AS "hk_person",
      "boss" AS "person"
    FROM "stage"."people"
    WHERE "hk_person_boss" IS NOT NULL
    UNION ALL
    SELECT
      'members' AS "source",
      "hk_person",
      "who" AS "person"
    FROM "stage"."members"
    WHERE "hk_person" IS NOT NULL
    UNION ALL
    SELECT
      'orders' AS "source",
      "hk_person",
      "who" AS "person"
    FROM "stage"."orders"
    WHERE "hk_person" IS NOT NULL
    UNION ALL
    SELECT
      'deals' AS "source",
      "hk_person",
      "who" AS "person"
    FROM "stage"."deals"
    WHERE "hk_person" IS NOT NULL
    UNION ALL
    SELECT
      'phones' AS "source",
      "hk_person",
      "who" AS "person"
    FROM "stage"."phones"
    WHERE "hk_person" IS NOT NULL
  ) AS staged
  LEFT JOIN "vault"."h_person" AS held ON held."hk_person" = staged."hk_person"
  UNION ALL
  SELECT -COUNT("hk_person"), 0, 0 FROM "stage"."people"
  UNION ALL
  SELECT -COUNT("hk_person_boss"), 0, 0 FROM "stage"."people"
  UNION ALL
  SELECT -COUNT("hk_person"), 0, 0 FROM "stage"."members"
  UNION ALL
  SELECT -COUNT("hk_person"), 0, 0 FROM "stage"."orders"
  UNION ALL
  SELECT -COUNT("hk_person"), 0, 0 FROM "stage"."deals"
  UNION ALL
  SELECT -COUNT("hk_person"), 0, 0 FROM "stage"."phones"
) AS probed;

-- Batch: hash keys that the hub holds more than once.
WITH
"staged" AS (
  SELECT
    'people' AS "source",
    "hk_person",
    "who" AS "person"
  FROM "stage"."people"
  WHERE "hk_person" IS NOT NULL
  UNION ALL
  SELECT
    'people' AS "source",
    "hk_person_boss" AS "hk_person",
    "boss" AS "person"
  FROM "stage"."people"
  WHERE "hk_person_boss" IS NOT NULL
  UNION ALL
  SELECT
    'members' AS "source",
    "hk_person",
    "who" AS "person"
  FROM "stage"."members"
  WHERE "hk_person" IS NOT NULL
  UNION ALL
  SELECT
    'orders' AS "source",
    "hk_person",
    "who" AS "person"
  FROM "stage"."orders"
  WHERE "hk_person" IS NOT NULL
  UNION ALL
  SELECT
    'deals' AS "source",
    "hk_person",
    "who" AS "person"
  FROM "stage"."deals"
  WHERE "hk_person" IS NOT NULL
  UNION ALL
  SELECT
    'phones' AS "source",
    "hk_person",
    "who" AS "person"
  FROM "stage"."phones"
  WHERE "hk_person" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_person", COUNT(*) AS "rows"
  FROM "vault"."h_person"
  WHERE "hk_person" IN (SELECT "hk_person" FROM "staged")
  GROUP BY "hk_person"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_person"
LIMIT 5;

-- Batch: staged keys of which the hub holds the hash key with another business key.
WITH
"staged" AS (
  SELECT
    'people' AS "source",
    "hk_person",
    "who" AS "person"
  FROM "stage"."people"
  WHERE "hk_person" IS NOT NULL
  UNION ALL
  SELECT
    'people' AS "source",
    "hk_person_boss" AS "hk_person",
    "boss" AS "person"
  FROM "stage"."people"
  WHERE "hk_person_boss" IS NOT NULL
  UNION ALL
  SELECT
    'members' AS "source",
    "hk_person",
    "who" AS "person"
  FROM "stage"."members"
  WHERE "hk_person" IS NOT NULL
  UNION ALL
  SELECT
    'orders' AS "source",
    "hk_person",
    "who" AS "person"
  FROM "stage"."orders"
  WHERE "hk_person" IS NOT NULL
  UNION ALL
  SELECT
    'deals' AS "source",
    "hk_person",
    "who" AS "person"
  FROM "stage"."deals"
  WHERE "hk_person" IS NOT NULL
  UNION ALL
  SELECT
    'phones' AS "source",
    "hk_person",
    "who" AS "person"
  FROM "stage"."phones"
  WHERE "hk_person" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT DISTINCT
    staged."source",
    staged."hk_person",
    staged."person",
    held."person" AS "person in hub"
  FROM "staged" AS staged
  JOIN "vault"."h_person" AS held ON held."hk_person" = staged."hk_person"
  WHERE UPPER(TRIM(BOTH ' ' FROM held."person")) IS DISTINCT FROM UPPER(TRIM(BOTH ' ' FROM staged."person"))
) AS found
ORDER BY "source", "hk_person"
LIMIT 5;

-- Batch: staged keys that the hub lacks.
WITH
"staged" AS (
  SELECT
    'people' AS "source",
    "hk_person",
    "who" AS "person"
  FROM "stage"."people"
  WHERE "hk_person" IS NOT NULL
  UNION ALL
  SELECT
    'people' AS "source",
    "hk_person_boss" AS "hk_person",
    "boss" AS "person"
  FROM "stage"."people"
  WHERE "hk_person_boss" IS NOT NULL
  UNION ALL
  SELECT
    'members' AS "source",
    "hk_person",
    "who" AS "person"
  FROM "stage"."members"
  WHERE "hk_person" IS NOT NULL
  UNION ALL
  SELECT
    'orders' AS "source",
    "hk_person",
    "who" AS "person"
  FROM "stage"."orders"
  WHERE "hk_person" IS NOT NULL
  UNION ALL
  SELECT
    'deals' AS "source",
    "hk_person",
    "who" AS "person"
  FROM "stage"."deals"
  WHERE "hk_person" IS NOT NULL
  UNION ALL
  SELECT
    'phones' AS "source",
    "hk_person",
    "who" AS "person"
  FROM "stage"."phones"
  WHERE "hk_person" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT DISTINCT staged."source", staged."hk_person", staged."person"
  FROM "staged" AS staged
  WHERE staged."hk_person" NOT IN (
    SELECT held."hk_person"
    FROM "vault"."h_person" AS held
    WHERE held."hk_person" IN (SELECT "hk_person" FROM "staged")
  )
) AS found
ORDER BY "source", "hk_person", "person"
LIMIT 5;

-- Vault: hash keys that the hub holds more than once.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_person", COUNT(*) AS "rows"
  FROM "vault"."h_person"
  GROUP BY "hk_person"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_person"
LIMIT 5;

-- Vault: business keys that the hub holds more than once; texts are compared as they are hashed.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "person", COUNT(*) AS "rows"
  FROM (
    SELECT
      UPPER(TRIM(BOTH ' ' FROM "person")) AS "person"
    FROM "vault"."h_person"
    WHERE "hk_person" NOT IN (UNHEX('00000000000000000000000000000000')::UUID, UNHEX('ffffffffffffffffffffffffffffffff')::UUID)
  ) AS held
  GROUP BY "person"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "person"
LIMIT 5;

-- Vault: ghost rows that are not there.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT ghost."hk_person"
  FROM (
    SELECT UNHEX('00000000000000000000000000000000')::UUID AS "hk_person"
    UNION ALL
    SELECT UNHEX('ffffffffffffffffffffffffffffffff')::UUID AS "hk_person"
  ) AS ghost
  WHERE ghost."hk_person" NOT IN (
    SELECT held."hk_person"
    FROM "vault"."h_person" AS held
    WHERE held."hk_person" IN (UNHEX('00000000000000000000000000000000')::UUID, UNHEX('ffffffffffffffffffffffffffffffff')::UUID)
  )
) AS found
ORDER BY "hk_person"
LIMIT 5;
