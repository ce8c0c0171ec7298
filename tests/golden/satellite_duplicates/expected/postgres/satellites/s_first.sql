-- satellite s_first: rendered by dv-gen from metadata/users.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_first" (
  "hk_login" UUID NOT NULL,
  "active" BOOLEAN,
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_login", "load_dt")
);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_login"
  FROM (
    SELECT
      "hk_login",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "hk_login" ORDER BY "load_dt") AS "next"
    FROM "vault"."s_first"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."users"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:s_first'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

SELECT "dv_meta"."lift_key"('"vault"."s_first"');

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"ranked" AS (
  SELECT
    "row_no",
    "hashdiff_s_first",
    FIRST_VALUE("hashdiff_s_first") OVER (PARTITION BY "hk_login", "load_dt" ORDER BY "seen" ASC NULLS FIRST, "visits" ASC NULLS FIRST, "row_no" ASC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "hk_login", "load_dt" ORDER BY "seen" ASC NULLS FIRST, "visits" ASC NULLS FIRST, "row_no" ASC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "hk_login", "load_dt", "hashdiff_s_first" ORDER BY "seen" DESC NULLS LAST, "visits" DESC NULLS LAST, "row_no" DESC) AS "repeat"
  FROM "stage"."users"
  WHERE "hk_login" IS NOT NULL
    AND "row_no" IN (SELECT "row_no" FROM "stage"."users_repeats")
),
"unkept" AS (
  SELECT "row_no" FROM "ranked" WHERE "hashdiff_s_first" <> "winner" AND "repeat" = 1
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT staged."row_no"
  FROM "stage"."users" AS staged
  JOIN "vault"."s_first" AS stored
    ON stored."hk_login" = staged."hk_login"
    AND stored."load_dt" = staged."load_dt"
  WHERE stored."hashdiff" <> staged."hashdiff_s_first"
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "ranked" WHERE "place no" > 1)
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_first' AS "entity",
  'users' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_login' AS "column_name",
  'duplicate key' AS "reason",
  COALESCE(REPLACE(REPLACE("login", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("seen" AS TEXT), '\N') || '|' || COALESCE(REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST(TRIM_SCALE("height") AS TEXT), '\N') || '|' || COALESCE(CAST("born" AS TEXT), '\N') || '|' || COALESCE(CAST("active" AS TEXT), '\N') || '|' || COALESCE(CAST("visits" AS TEXT), '\N') AS "record"
FROM "stage"."users" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_first' AS "entity",
  'users' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_login' AS "column_name",
  'no key' AS "reason",
  COALESCE(REPLACE(REPLACE("login", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("seen" AS TEXT), '\N') || '|' || COALESCE(REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST(TRIM_SCALE("height") AS TEXT), '\N') || '|' || COALESCE(CAST("born" AS TEXT), '\N') || '|' || COALESCE(CAST("active" AS TEXT), '\N') || '|' || COALESCE(CAST("visits" AS TEXT), '\N') AS "record"
FROM "stage"."users" AS staged
WHERE staged."hk_login" IS NULL;

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT INTO "vault"."s_first" (
  "hk_login",
  "active",
  "hashdiff",
  "load_dt",
  "load_src"
)
WITH
"stored" AS (
  SELECT "hk_login", "hashdiff", "load_dt"
  FROM "vault"."s_first"
  WHERE "hk_login" IN (SELECT "hk_login" FROM "stage"."users")
),
-- Keys that are stored already or may be staged more than once; any other row is simply new.
"ordered_keys" AS (
  SELECT "hk_login" FROM "stored"
  UNION
  SELECT "hk_login" FROM "stage"."users" WHERE "hk_login" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "stage"."users_repeats")
),
-- Of the rows of one key and load date the first stands for all; the others go to the rejects.
"placed" AS (
  SELECT
    "hk_login",
    "hashdiff_s_first",
    "load_dt",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_login", "load_dt" ORDER BY "seen" ASC NULLS FIRST, "visits" ASC NULLS FIRST, "row_no" ASC) AS "place no"
  FROM "stage"."users"
  WHERE "hk_login" IN (SELECT "hk_login" FROM "ordered_keys")
),
"candidates" AS (
  SELECT "hk_login", "hashdiff_s_first", "load_dt", "row_no"
  FROM "placed"
  WHERE "place no" = 1
),
"line" AS (
  SELECT
    "hk_login",
    "hashdiff",
    "load_dt",
    0 AS "row_no"
  FROM "stored"
  UNION ALL
  SELECT "hk_login", "hashdiff_s_first", "load_dt", "row_no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "stored" AS stored
    WHERE stored."hk_login" = candidate."hk_login"
      AND stored."load_dt" = candidate."load_dt"
  )
),
"compared" AS (
  SELECT
    "hk_login",
    "load_dt",
    "row_no",
    "hashdiff",
    LAG("hashdiff") OVER (PARTITION BY "hk_login" ORDER BY "load_dt") AS "hashdiff before"
  FROM "line"
),
"changed" AS (
  SELECT "hk_login", "load_dt", "row_no"
  FROM "compared"
  WHERE "row_no" > 0
    AND ("hashdiff before" IS NULL OR "hashdiff before" <> "hashdiff")
),
-- By key and number: where a key's rows are on one node, nothing of this leaves it.
"nothing_new" AS (
  SELECT known."hk_login", known."row_no"
  FROM "stage"."users" AS known
  WHERE known."hk_login" IN (SELECT "hk_login" FROM "ordered_keys")
    AND NOT EXISTS (
      SELECT 1
      FROM "changed" AS changed
      WHERE changed."hk_login" = known."hk_login"
        AND changed."row_no" = known."row_no"
    )
)
SELECT
  staged."hk_login",
  staged."active",
  staged."hashdiff_s_first",
  staged."load_dt",
  staged."load_src"
FROM "stage"."users" AS staged
WHERE staged."hk_login" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "nothing_new" AS nothing_new
    WHERE nothing_new."hk_login" = staged."hk_login"
      AND nothing_new."row_no" = staged."row_no"
  );

SELECT "dv_meta"."put_key"('"vault"."s_first"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."s_first" ("hk_login", "active", "hashdiff", "load_dt", "load_src");

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_first_history" AS
SELECT
  "hk_login",
  "active",
  "hashdiff",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_login" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_login" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."s_first";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_first_current" AS
SELECT
  "hk_login",
  "active",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."s_first_history"
WHERE "is_current";
