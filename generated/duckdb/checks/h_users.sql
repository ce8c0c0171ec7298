-- check h_users: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:2.
-- Edit the metadata or the templates, not this file.
-- Every query returns the rows that should not be: how many, and the first of them.
-- What says 'Batch' looks at the keys in the stage: at the end of every batch.
-- What says 'Vault' reads the whole table: with `dv-gen test` only.

-- Batch: staged rows that share their key, but are not in the table of those that do.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT staged."row_no", staged."hk_user_id"
  FROM "stage"."users" AS staged
  JOIN (
    SELECT "hk_user_id" FROM "stage"."users" WHERE "hk_user_id" IS NOT NULL GROUP BY "hk_user_id" HAVING COUNT(*) > 1
  ) AS repeated ON repeated."hk_user_id" = staged."hk_user_id"
  WHERE staged."row_no" NOT IN (SELECT "row_no" FROM "stage"."users_repeats")
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
    COUNT(CASE WHEN held."hk_user_id" IS NOT NULL AND held."user_id" IS DISTINCT FROM staged."user_id" THEN 1 END) AS "hash_collisions",
    COUNT(CASE WHEN held."hk_user_id" IS NULL THEN 1 END) AS "reconciliation"
  FROM (
    SELECT
      'users' AS "source",
      "hk_user_id",
      "id" AS "user_id"
    FROM "stage"."users"
    WHERE "hk_user_id" IS NOT NULL
    UNION ALL
    SELECT
      'groups' AS "source",
      "hk_user_id",
      "admin_id" AS "user_id"
    FROM "stage"."groups"
    WHERE "hk_user_id" IS NOT NULL
    UNION ALL
    SELECT
      'dialogs' AS "source",
      "hk_user_id",
      "message_from" AS "user_id"
    FROM "stage"."dialogs"
    WHERE "hk_user_id" IS NOT NULL
    UNION ALL
    SELECT
      'dialogs' AS "source",
      CASE WHEN "message_to" IS NOT NULL THEN UNHEX(MD5(CAST("message_to" AS VARCHAR)))::UUID END AS "hk_user_id",
      "message_to" AS "user_id"
    FROM (
      SELECT DISTINCT "message_to"
      FROM "stage"."dialogs"
      WHERE "message_to" IS NOT NULL
    ) AS delivered
    UNION ALL
    SELECT
      'group_log' AS "source",
      "hk_user_id",
      "user_id"
    FROM "stage"."group_log"
    WHERE "hk_user_id" IS NOT NULL
    UNION ALL
    SELECT
      'group_log' AS "source",
      "hk_user_id_inviter" AS "hk_user_id",
      "user_id_from" AS "user_id"
    FROM "stage"."group_log"
    WHERE "hk_user_id_inviter" IS NOT NULL
  ) AS staged
  LEFT JOIN "vault"."h_users" AS held ON held."hk_user_id" = staged."hk_user_id"
  UNION ALL
  SELECT -COUNT("hk_user_id"), 0, 0 FROM "stage"."users"
  UNION ALL
  SELECT -COUNT("hk_user_id"), 0, 0 FROM "stage"."groups"
  UNION ALL
  SELECT -COUNT("hk_user_id"), 0, 0 FROM "stage"."dialogs"
  UNION ALL
  SELECT -COUNT(*), 0, 0
  FROM (
    SELECT DISTINCT "message_to"
    FROM "stage"."dialogs"
    WHERE "message_to" IS NOT NULL
  ) AS delivered
  UNION ALL
  SELECT -COUNT("hk_user_id"), 0, 0 FROM "stage"."group_log"
  UNION ALL
  SELECT -COUNT("hk_user_id_inviter"), 0, 0 FROM "stage"."group_log"
) AS probed;

-- Batch: hash keys that the hub holds more than once.
WITH
"staged" AS (
  SELECT
    'users' AS "source",
    "hk_user_id",
    "id" AS "user_id"
  FROM "stage"."users"
  WHERE "hk_user_id" IS NOT NULL
  UNION ALL
  SELECT
    'groups' AS "source",
    "hk_user_id",
    "admin_id" AS "user_id"
  FROM "stage"."groups"
  WHERE "hk_user_id" IS NOT NULL
  UNION ALL
  SELECT
    'dialogs' AS "source",
    "hk_user_id",
    "message_from" AS "user_id"
  FROM "stage"."dialogs"
  WHERE "hk_user_id" IS NOT NULL
  UNION ALL
  SELECT
    'dialogs' AS "source",
    CASE WHEN "message_to" IS NOT NULL THEN UNHEX(MD5(CAST("message_to" AS VARCHAR)))::UUID END AS "hk_user_id",
    "message_to" AS "user_id"
  FROM (
    SELECT DISTINCT "message_to"
    FROM "stage"."dialogs"
    WHERE "message_to" IS NOT NULL
  ) AS delivered
  UNION ALL
  SELECT
    'group_log' AS "source",
    "hk_user_id",
    "user_id"
  FROM "stage"."group_log"
  WHERE "hk_user_id" IS NOT NULL
  UNION ALL
  SELECT
    'group_log' AS "source",
    "hk_user_id_inviter" AS "hk_user_id",
    "user_id_from" AS "user_id"
  FROM "stage"."group_log"
  WHERE "hk_user_id_inviter" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_user_id", COUNT(*) AS "rows"
  FROM "vault"."h_users"
  WHERE "hk_user_id" IN (SELECT "hk_user_id" FROM "staged")
  GROUP BY "hk_user_id"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_user_id"
LIMIT 5;

-- Batch: staged keys of which the hub holds the hash key with another business key.
WITH
"staged" AS (
  SELECT
    'users' AS "source",
    "hk_user_id",
    "id" AS "user_id"
  FROM "stage"."users"
  WHERE "hk_user_id" IS NOT NULL
  UNION ALL
  SELECT
    'groups' AS "source",
    "hk_user_id",
    "admin_id" AS "user_id"
  FROM "stage"."groups"
  WHERE "hk_user_id" IS NOT NULL
  UNION ALL
  SELECT
    'dialogs' AS "source",
    "hk_user_id",
    "message_from" AS "user_id"
  FROM "stage"."dialogs"
  WHERE "hk_user_id" IS NOT NULL
  UNION ALL
  SELECT
    'dialogs' AS "source",
    CASE WHEN "message_to" IS NOT NULL THEN UNHEX(MD5(CAST("message_to" AS VARCHAR)))::UUID END AS "hk_user_id",
    "message_to" AS "user_id"
  FROM (
    SELECT DISTINCT "message_to"
    FROM "stage"."dialogs"
    WHERE "message_to" IS NOT NULL
  ) AS delivered
  UNION ALL
  SELECT
    'group_log' AS "source",
    "hk_user_id",
    "user_id"
  FROM "stage"."group_log"
  WHERE "hk_user_id" IS NOT NULL
  UNION ALL
  SELECT
    'group_log' AS "source",
    "hk_user_id_inviter" AS "hk_user_id",
    "user_id_from" AS "user_id"
  FROM "stage"."group_log"
  WHERE "hk_user_id_inviter" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT DISTINCT
    staged."source",
    staged."hk_user_id",
    staged."user_id",
    held."user_id" AS "user_id in hub"
  FROM "staged" AS staged
  JOIN "vault"."h_users" AS held ON held."hk_user_id" = staged."hk_user_id"
  WHERE held."user_id" IS DISTINCT FROM staged."user_id"
) AS found
ORDER BY "source", "hk_user_id"
LIMIT 5;

-- Batch: staged keys that the hub lacks.
WITH
"staged" AS (
  SELECT
    'users' AS "source",
    "hk_user_id",
    "id" AS "user_id"
  FROM "stage"."users"
  WHERE "hk_user_id" IS NOT NULL
  UNION ALL
  SELECT
    'groups' AS "source",
    "hk_user_id",
    "admin_id" AS "user_id"
  FROM "stage"."groups"
  WHERE "hk_user_id" IS NOT NULL
  UNION ALL
  SELECT
    'dialogs' AS "source",
    "hk_user_id",
    "message_from" AS "user_id"
  FROM "stage"."dialogs"
  WHERE "hk_user_id" IS NOT NULL
  UNION ALL
  SELECT
    'dialogs' AS "source",
    CASE WHEN "message_to" IS NOT NULL THEN UNHEX(MD5(CAST("message_to" AS VARCHAR)))::UUID END AS "hk_user_id",
    "message_to" AS "user_id"
  FROM (
    SELECT DISTINCT "message_to"
    FROM "stage"."dialogs"
    WHERE "message_to" IS NOT NULL
  ) AS delivered
  UNION ALL
  SELECT
    'group_log' AS "source",
    "hk_user_id",
    "user_id"
  FROM "stage"."group_log"
  WHERE "hk_user_id" IS NOT NULL
  UNION ALL
  SELECT
    'group_log' AS "source",
    "hk_user_id_inviter" AS "hk_user_id",
    "user_id_from" AS "user_id"
  FROM "stage"."group_log"
  WHERE "hk_user_id_inviter" IS NOT NULL
)
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT DISTINCT staged."source", staged."hk_user_id", staged."user_id"
  FROM "staged" AS staged
  WHERE staged."hk_user_id" NOT IN (
    SELECT held."hk_user_id"
    FROM "vault"."h_users" AS held
    WHERE held."hk_user_id" IN (SELECT "hk_user_id" FROM "staged")
  )
) AS found
ORDER BY "source", "hk_user_id", "user_id"
LIMIT 5;

-- Vault: hash keys that the hub holds more than once.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "hk_user_id", COUNT(*) AS "rows"
  FROM "vault"."h_users"
  GROUP BY "hk_user_id"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "hk_user_id"
LIMIT 5;

-- Vault: business keys that the hub holds more than once; texts are compared as they are hashed.
SELECT
  COUNT(*) OVER () AS "offending rows",
  found.*
FROM (
  SELECT "user_id", COUNT(*) AS "rows"
  FROM (
    SELECT
      "user_id" AS "user_id"
    FROM "vault"."h_users"
  ) AS held
  GROUP BY "user_id"
  HAVING COUNT(*) > 1
) AS found
ORDER BY "user_id"
LIMIT 5;
