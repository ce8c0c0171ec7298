-- satellite s_users: rendered by dv-gen from metadata/users.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "dwh"."s_users" (
  "hub_login" CHAR(64) NOT NULL,
  "city" VARCHAR(50),
  "born" DATE,
  "hd" CHAR(64) NOT NULL,
  "ldts" TIMESTAMP NOT NULL,
  "rsrc" VARCHAR(255) NOT NULL
);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hub_login"
  FROM (
    SELECT
      "hub_login",
      "ldts",
      LEAD("ldts") OVER (PARTITION BY "hub_login" ORDER BY "ldts") AS "next"
    FROM "dwh"."s_users"
  ) AS line
  JOIN (
    SELECT staged."ldts", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "ldts" FROM "dwh_stage"."users"
      GROUP BY "ldts"
    ) AS staged
    JOIN "dwh_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."ldts"
    WHERE loaded."step" = 'load:s_users'
    GROUP BY staged."ldts"
  ) AS late ON late."ldts" = line."ldts"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dwh_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"ranked" AS (
  SELECT
    "row_no",
    "hd_s_users",
    FIRST_VALUE("hd_s_users") OVER (PARTITION BY "hub_login", "ldts" ORDER BY "row_no" DESC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "hub_login", "ldts" ORDER BY "row_no" DESC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "hub_login", "ldts", "hd_s_users" ORDER BY "row_no" DESC) AS "repeat"
  FROM "dwh_stage"."users"
  WHERE "hub_login" IS NOT NULL
    AND "row_no" IN (SELECT "row_no" FROM "dwh_stage"."users_repeats")
),
"unkept" AS (
  SELECT "row_no" FROM "ranked" WHERE "hd_s_users" <> "winner" AND "repeat" = 1
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT staged."row_no"
  FROM "dwh_stage"."users" AS staged
  JOIN "dwh"."s_users" AS stored
    ON stored."hub_login" = staged."hub_login"
    AND stored."ldts" = staged."ldts"
  WHERE stored."hd" <> staged."hd_s_users"
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "ranked" WHERE "place no" > 1)
)
SELECT
  (SELECT "batch_id" FROM "dwh_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_users' AS "entity",
  'users' AS "source",
  staged."rsrc" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hub_login' AS "column_name",
  'duplicate key' AS "reason",
  CONCAT_WS('|', CASE WHEN CONTAINS("login", '\') OR CONTAINS("login", '|') THEN REPLACE(REPLACE("login", '\', '\\'), '|', '\|') ELSE "login" END, COALESCE(CASE WHEN CONTAINS("invited_by", '\') OR CONTAINS("invited_by", '|') THEN REPLACE(REPLACE("invited_by", '\', '\\'), '|', '\|') ELSE "invited_by" END, '\N'), COALESCE(CASE WHEN CONTAINS("city", '\') OR CONTAINS("city", '|') THEN REPLACE(REPLACE("city", '\', '\\'), '|', '\|') ELSE "city" END, '\N'), COALESCE(CAST("born" AS VARCHAR), '\N')) AS "record"
FROM "dwh_stage"."users" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dwh_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_users' AS "entity",
  'users' AS "source",
  staged."rsrc" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hub_login' AS "column_name",
  'no key' AS "reason",
  CONCAT_WS('|', CASE WHEN CONTAINS("login", '\') OR CONTAINS("login", '|') THEN REPLACE(REPLACE("login", '\', '\\'), '|', '\|') ELSE "login" END, COALESCE(CASE WHEN CONTAINS("invited_by", '\') OR CONTAINS("invited_by", '|') THEN REPLACE(REPLACE("invited_by", '\', '\\'), '|', '\|') ELSE "invited_by" END, '\N'), COALESCE(CASE WHEN CONTAINS("city", '\') OR CONTAINS("city", '|') THEN REPLACE(REPLACE("city", '\', '\\'), '|', '\|') ELSE "city" END, '\N'), COALESCE(CAST("born" AS VARCHAR), '\N')) AS "record"
FROM "dwh_stage"."users" AS staged
WHERE staged."hub_login" IS NULL;

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT INTO "dwh"."s_users" (
  "hub_login",
  "city",
  "born",
  "hd",
  "ldts",
  "rsrc"
)
WITH
"stored" AS (
  SELECT "hub_login", "hd", "ldts"
  FROM "dwh"."s_users"
  WHERE "hub_login" IN (SELECT "hub_login" FROM "dwh_stage"."users")
),
-- Keys that are stored already or may be staged more than once; any other row is simply new.
"ordered_keys" AS (
  SELECT "hub_login" FROM "stored"
  UNION
  SELECT "hub_login" FROM "dwh_stage"."users" WHERE "hub_login" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "dwh_stage"."users_repeats")
),
-- Of the rows of one key and load date the last stands for all; the others go to the rejects.
"placed" AS (
  SELECT
    "hub_login",
    "hd_s_users",
    "ldts",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hub_login", "ldts" ORDER BY "row_no" DESC) AS "place no"
  FROM "dwh_stage"."users"
  WHERE "hub_login" IN (SELECT "hub_login" FROM "ordered_keys")
),
"candidates" AS (
  SELECT "hub_login", "hd_s_users", "ldts", "row_no"
  FROM "placed"
  WHERE "place no" = 1
),
"line" AS (
  SELECT
    "hub_login",
    "hd",
    "ldts",
    0 AS "row_no"
  FROM "stored"
  UNION ALL
  SELECT "hub_login", "hd_s_users", "ldts", "row_no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "stored" AS stored
    WHERE stored."hub_login" = candidate."hub_login"
      AND stored."ldts" = candidate."ldts"
  )
),
"compared" AS (
  SELECT
    "hub_login",
    "ldts",
    "row_no",
    "hd",
    LAG("hd") OVER (PARTITION BY "hub_login" ORDER BY "ldts") AS "hashdiff before"
  FROM "line"
),
"changed" AS (
  SELECT "hub_login", "ldts", "row_no"
  FROM "compared"
  WHERE "row_no" > 0
    AND ("hashdiff before" IS NULL OR "hashdiff before" <> "hd")
),
-- By key and number: where a key's rows are on one node, nothing of this leaves it.
"nothing_new" AS (
  SELECT known."hub_login", known."row_no"
  FROM "dwh_stage"."users" AS known
  WHERE known."hub_login" IN (SELECT "hub_login" FROM "ordered_keys")
    AND NOT EXISTS (
      SELECT 1
      FROM "changed" AS changed
      WHERE changed."hub_login" = known."hub_login"
        AND changed."row_no" = known."row_no"
    )
)
SELECT
  staged."hub_login",
  staged."city",
  staged."born",
  staged."hd_s_users",
  staged."ldts",
  staged."rsrc"
FROM "dwh_stage"."users" AS staged
WHERE staged."hub_login" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "nothing_new" AS nothing_new
    WHERE nothing_new."hub_login" = staged."hub_login"
      AND nothing_new."row_no" = staged."row_no"
  );

-- Every version with the half-open interval [ldts, ldts_end) in which it was the newest known.
CREATE OR REPLACE VIEW "dwh"."s_users_history" AS
SELECT
  "hub_login",
  "city",
  "born",
  "hd",
  "ldts",
  "rsrc",
  LEAD("ldts") OVER (PARTITION BY "hub_login" ORDER BY "ldts") AS "ldts_end",
  LEAD("ldts") OVER (PARTITION BY "hub_login" ORDER BY "ldts") IS NULL AS "is_current"
FROM "dwh"."s_users";

-- The newest version of every key.
CREATE OR REPLACE VIEW "dwh"."s_users_current" AS
SELECT
  "hub_login",
  "city",
  "born",
  "hd",
  "ldts",
  "rsrc"
FROM "dwh"."s_users_history"
WHERE "is_current";
