-- satellite s_skills: rendered by dv-gen from metadata/phones.yml:23.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_skills" (
  "hk_l_work" UUID NOT NULL,
  "skill" VARCHAR(20) COLLATE "C",
  "level" SMALLINT,
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_work", "load_dt", "hashdiff")
);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_l_work"
  FROM (
    SELECT
      "hk_l_work",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "hk_l_work" ORDER BY "load_dt") AS "next"
    FROM "vault"."s_skills"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."skills"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:s_skills'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

SELECT "dv_meta"."lift_key"('"vault"."s_skills"');

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
-- A staged row can only contradict what is stored at its load date: mostly nothing is yet.
"stored" AS (
  SELECT "hk_l_work", "load_dt", "hashdiff"
  FROM "vault"."s_skills"
  WHERE "hk_l_work" IN (SELECT "hk_l_work" FROM "stage"."skills")
    AND "load_dt" IN (SELECT "load_dt" FROM "stage"."skills")
),
-- Of the rows of one key, load date and child keys the first stands for all; the others are set aside.
"set_aside" AS (
  SELECT "hk_l_work", "row_no"
  FROM (
    SELECT
      "hk_l_work",
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_work", "load_dt", "skill", "level" ORDER BY "row_no" ASC) AS "place no"
    FROM "stage"."skills"
    WHERE "hk_l_work" IN (SELECT "hk_l_work" FROM "stage"."skills" WHERE "hk_l_work" IS NOT NULL GROUP BY "hk_l_work", "load_dt", "skill", "level" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
),
"ranked" AS (
  SELECT
    "row_no",
    "hashdiff_s_skills",
    FIRST_VALUE("hashdiff_s_skills") OVER (PARTITION BY "hk_l_work", "load_dt", "skill", "level" ORDER BY "row_no" ASC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_work", "load_dt", "skill", "level", "hashdiff_s_skills" ORDER BY "row_no" DESC) AS "repeat"
  FROM "stage"."skills"
  WHERE "hk_l_work" IN (SELECT "hk_l_work" FROM "stage"."skills" WHERE "hk_l_work" IS NOT NULL GROUP BY "hk_l_work", "load_dt", "skill", "level" HAVING COUNT(*) > 1)
),
"unkept" AS (
  SELECT "row_no" FROM "ranked" WHERE "hashdiff_s_skills" <> "winner" AND "repeat" = 1
  UNION
  -- A set that is stored already stands, whatever else is staged for its load date.
  SELECT staged."row_no"
  FROM "stage"."skills" AS staged
  WHERE NOT EXISTS (
      SELECT 1
      FROM "set_aside" AS set_aside
      WHERE set_aside."hk_l_work" = staged."hk_l_work"
        AND set_aside."row_no" = staged."row_no"
    )
    AND EXISTS (
      SELECT 1
      FROM "stored" AS stored
      WHERE stored."hk_l_work" = staged."hk_l_work"
        AND stored."load_dt" = staged."load_dt"
    )
    AND NOT EXISTS (
      SELECT 1
      FROM "stored" AS stored
      WHERE stored."hk_l_work" = staged."hk_l_work"
        AND stored."load_dt" = staged."load_dt"
        AND stored."hashdiff" = staged."hashdiff_s_skills"
    )
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_skills' AS "entity",
  'skills' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_l_work' AS "column_name",
  'duplicate key' AS "reason",
  CAST("person" AS TEXT) || '|' || CAST("project" AS TEXT) || '|' || COALESCE(REPLACE(REPLACE("skill", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("level" AS TEXT), '\N') AS "record"
FROM "stage"."skills" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept");

-- The timeline rule for sets: the rows of a key at one load date are one set, which is kept whole
-- when it differs from the set before it on its key's line of stored and staged sets. Only the
-- keys of this batch are read from the satellite.
INSERT INTO "vault"."s_skills" (
  "hk_l_work",
  "skill",
  "level",
  "hashdiff",
  "load_dt",
  "load_src"
)
WITH
"stored" AS (
  SELECT DISTINCT "hk_l_work", "load_dt", "hashdiff"
  FROM "vault"."s_skills"
  WHERE "hk_l_work" IN (SELECT "hk_l_work" FROM "stage"."skills")
),
-- Keys that may have several sets on their line; the set of any other key is simply new.
"ordered_keys" AS (
  SELECT "hk_l_work" FROM "stored"
  UNION
  SELECT "hk_l_work" FROM "stage"."skills" WHERE "hk_l_work" IS NOT NULL GROUP BY "hk_l_work" HAVING MIN("load_dt") < MAX("load_dt")
),
-- Of the rows of one key, load date and child keys the first stands for all; the others are set aside.
"set_aside" AS (
  SELECT "hk_l_work", "row_no"
  FROM (
    SELECT
      "hk_l_work",
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_work", "load_dt", "skill", "level" ORDER BY "row_no" ASC) AS "place no"
    FROM "stage"."skills"
    WHERE "hk_l_work" IN (SELECT "hk_l_work" FROM "stage"."skills" WHERE "hk_l_work" IS NOT NULL GROUP BY "hk_l_work", "load_dt", "skill", "level" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
),
"line" AS (
  SELECT
    "hk_l_work",
    "load_dt",
    "hashdiff",
    0 AS "row_no"
  FROM "stored"
  UNION ALL
  SELECT "hk_l_work", "load_dt", "hashdiff_s_skills", "row_no"
  FROM "stage"."skills" AS staged
  WHERE "hk_l_work" IN (SELECT "hk_l_work" FROM "ordered_keys")
    AND NOT EXISTS (
      SELECT 1
      FROM "set_aside" AS set_aside
      WHERE set_aside."hk_l_work" = staged."hk_l_work"
        AND set_aside."row_no" = staged."row_no"
    )
    -- A set that is stored already stands; staged rows that contradict it are in the rejects.
    AND NOT EXISTS (
      SELECT 1
      FROM "stored" AS stored
      WHERE stored."hk_l_work" = staged."hk_l_work"
        AND stored."load_dt" = staged."load_dt"
    )
),
"sets" AS (
  SELECT
    "hk_l_work",
    "load_dt",
    COUNT(*) AS "members",
    MAX("row_no") AS "row_no"
  FROM "line"
  GROUP BY "hk_l_work", "load_dt"
),
"compared" AS (
  SELECT
    "hk_l_work",
    "load_dt",
    "members",
    "row_no",
    LAG("load_dt") OVER (PARTITION BY "hk_l_work" ORDER BY "load_dt") AS "set before",
    LAG("members") OVER (PARTITION BY "hk_l_work" ORDER BY "load_dt") AS "members before"
  FROM "sets"
),
-- A staged set of as many members as the set before it, each of which is a member there too.
"unchanged" AS (
  SELECT compared."hk_l_work", compared."load_dt"
  FROM "compared" AS compared
  JOIN "line" AS member
    ON member."hk_l_work" = compared."hk_l_work"
    AND member."load_dt" = compared."load_dt"
  JOIN "line" AS earlier
    ON earlier."hk_l_work" = compared."hk_l_work"
    AND earlier."load_dt" = compared."set before"
    AND earlier."hashdiff" = member."hashdiff"
  WHERE compared."row_no" > 0
    AND compared."members" = compared."members before"
  GROUP BY compared."hk_l_work", compared."load_dt", compared."members"
  HAVING COUNT(*) = compared."members"
),
"changed" AS (
  SELECT member."hk_l_work", member."row_no"
  FROM "line" AS member
  LEFT JOIN "unchanged" AS unchanged
    ON unchanged."hk_l_work" = member."hk_l_work"
    AND unchanged."load_dt" = member."load_dt"
  WHERE member."row_no" > 0
    AND unchanged."hk_l_work" IS NULL
),
-- By key and number: where a key's rows are on one node, nothing of this leaves it.
"nothing_new" AS (
  SELECT "hk_l_work", "row_no" FROM "set_aside"
  UNION
  SELECT known."hk_l_work", known."row_no"
  FROM "stage"."skills" AS known
  WHERE known."hk_l_work" IN (SELECT "hk_l_work" FROM "ordered_keys")
    AND NOT EXISTS (
      SELECT 1
      FROM "changed" AS changed
      WHERE changed."hk_l_work" = known."hk_l_work"
        AND changed."row_no" = known."row_no"
    )
)
SELECT
  staged."hk_l_work",
  staged."skill",
  staged."level",
  staged."hashdiff_s_skills",
  staged."load_dt",
  staged."load_src"
FROM "stage"."skills" AS staged
WHERE staged."hk_l_work" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "nothing_new" AS nothing_new
    WHERE nothing_new."hk_l_work" = staged."hk_l_work"
      AND nothing_new."row_no" = staged."row_no"
  );

SELECT "dv_meta"."put_key"('"vault"."s_skills"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."s_skills" ("hk_l_work", "skill", "level", "hashdiff", "load_dt", "load_src");

-- Every set with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_skills_history" AS
SELECT
  member."hk_l_work",
  member."skill",
  member."level",
  member."hashdiff",
  member."load_dt",
  member."load_src",
  spans."load_end_dt",
  spans."load_end_dt" IS NULL AS "is_current"
FROM "vault"."s_skills" AS member
JOIN (
  SELECT
    "hk_l_work",
    "load_dt",
    LEAD("load_dt") OVER (PARTITION BY "hk_l_work" ORDER BY "load_dt") AS "load_end_dt"
  FROM (SELECT DISTINCT "hk_l_work", "load_dt" FROM "vault"."s_skills") AS moments
) AS spans
  ON spans."hk_l_work" = member."hk_l_work"
  AND spans."load_dt" = member."load_dt";

-- All rows of every key's newest set.
CREATE OR REPLACE VIEW "vault"."s_skills_current" AS
SELECT
  "hk_l_work",
  "skill",
  "level",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."s_skills_history"
WHERE "is_current";
