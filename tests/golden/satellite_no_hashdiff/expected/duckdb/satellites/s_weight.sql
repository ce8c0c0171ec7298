-- satellite s_weight: rendered by dv-gen from metadata/weights.yml:12.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_weight" (
  "hk_person_no" UUID NOT NULL,
  "weight" DOUBLE,
  "unit" VARCHAR(5),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_person_no"
  FROM (
    SELECT
      "hk_person_no",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt") AS "next"
    FROM "vault"."s_weight"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."weights"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:s_weight'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"staged" AS (
  SELECT
    "hk_person_no",
    "weight",
    "unit",
    "load_dt",
    "load_src",
    "moment" AS "order 1",
    "row_no" AS "row no"
  FROM "stage"."weights"
  WHERE "hk_person_no" IS NOT NULL
),
"stored" AS (
  SELECT
    "hk_person_no",
    "weight",
    "unit",
    "load_dt"
  FROM "vault"."s_weight"
  WHERE "hk_person_no" IN (SELECT "hk_person_no" FROM "staged")
),
"ranked" AS (
  SELECT
    "hk_person_no",
    "weight",
    "unit",
    "load_dt",
    "row no",
    ROW_NUMBER() OVER (PARTITION BY "hk_person_no", "load_dt" ORDER BY "order 1" DESC NULLS LAST, "row no" DESC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "hk_person_no", "load_dt", "weight", "unit" ORDER BY "order 1" DESC NULLS LAST, "row no" DESC) AS "repeat no"
  FROM "staged"
  WHERE "hk_person_no" IN (SELECT "hk_person_no" FROM "staged" GROUP BY "hk_person_no" HAVING COUNT(*) > 1)
),
"unkept" AS (
  SELECT ranked."row no"
  FROM "ranked" AS ranked
  JOIN "ranked" AS winner
    ON winner."hk_person_no" = ranked."hk_person_no"
    AND winner."load_dt" = ranked."load_dt"
  WHERE winner."place no" = 1
    AND ranked."repeat no" = 1
    AND (
      ranked."weight" IS DISTINCT FROM winner."weight"
      OR ranked."unit" IS DISTINCT FROM winner."unit"
    )
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT staged."row no"
  FROM "staged" AS staged
  JOIN "stored" AS stored
    ON stored."hk_person_no" = staged."hk_person_no"
    AND stored."load_dt" = staged."load_dt"
  WHERE (
    stored."weight" IS DISTINCT FROM staged."weight"
    OR stored."unit" IS DISTINCT FROM staged."unit"
  )
    AND NOT EXISTS (
      SELECT 1
      FROM "ranked" AS ranked
      WHERE ranked."row no" = staged."row no"
        AND ranked."place no" > 1
    )
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_weight' AS "entity",
  'weights' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_person_no' AS "column_name",
  'duplicate key' AS "reason",
  CONCAT_WS('|', COALESCE(CAST("person_no" AS VARCHAR), '\N'), COALESCE(CAST("weight" AS VARCHAR), '\N'), COALESCE(CASE WHEN CONTAINS("unit", '\') OR CONTAINS("unit", '|') THEN REPLACE(REPLACE("unit", '\', '\\'), '|', '\|') ELSE "unit" END, '\N'), COALESCE(CAST("moment" AS VARCHAR), '\N')) AS "record"
FROM "stage"."weights" AS staged
WHERE staged."row_no" IN (SELECT "row no" FROM "unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_weight' AS "entity",
  'weights' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_person_no' AS "column_name",
  'no key' AS "reason",
  CONCAT_WS('|', COALESCE(CAST("person_no" AS VARCHAR), '\N'), COALESCE(CAST("weight" AS VARCHAR), '\N'), COALESCE(CASE WHEN CONTAINS("unit", '\') OR CONTAINS("unit", '|') THEN REPLACE(REPLACE("unit", '\', '\\'), '|', '\|') ELSE "unit" END, '\N'), COALESCE(CAST("moment" AS VARCHAR), '\N')) AS "record"
FROM "stage"."weights" AS staged
WHERE staged."hk_person_no" IS NULL;

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT INTO "vault"."s_weight" (
  "hk_person_no",
  "weight",
  "unit",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT
    "hk_person_no",
    "weight",
    "unit",
    "load_dt",
    "load_src",
    "moment" AS "order 1",
    "row_no" AS "row no"
  FROM "stage"."weights"
  WHERE "hk_person_no" IS NOT NULL
),
"stored" AS (
  SELECT
    "hk_person_no",
    "weight",
    "unit",
    "load_dt"
  FROM "vault"."s_weight"
  WHERE "hk_person_no" IN (SELECT "hk_person_no" FROM "staged")
),
-- Keys that are stored already or staged more than once; any other row is simply new.
"ordered_keys" AS (
  SELECT "hk_person_no" FROM "stored"
  UNION
  SELECT "hk_person_no" FROM "staged" GROUP BY "hk_person_no" HAVING COUNT(*) > 1
),
-- Of the rows of one key and load date the last stands for all; the others go to the rejects.
"placed" AS (
  SELECT
    "hk_person_no",
    "weight",
    "unit",
    "load_dt",
    "row no",
    ROW_NUMBER() OVER (PARTITION BY "hk_person_no", "load_dt" ORDER BY "order 1" DESC NULLS LAST, "row no" DESC) AS "place no"
  FROM "staged"
  WHERE "hk_person_no" IN (SELECT "hk_person_no" FROM "ordered_keys")
),
"candidates" AS (
  SELECT
    "hk_person_no",
    "weight",
    "unit",
    "load_dt",
    "row no"
  FROM "placed"
  WHERE "place no" = 1
),
"line" AS (
  SELECT
    "hk_person_no",
    "weight",
    "unit",
    "load_dt",
    0 AS "row no"
  FROM "stored"
  UNION ALL
  SELECT
    "hk_person_no",
    "weight",
    "unit",
    "load_dt",
    "row no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "stored" AS stored
    WHERE stored."hk_person_no" = candidate."hk_person_no"
      AND stored."load_dt" = candidate."load_dt"
  )
),
"compared" AS (
  SELECT
    "hk_person_no",
    "weight",
    "unit",
    "load_dt",
    "row no",
    LAG("weight") OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt") AS "weight before",
    LAG("unit") OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt") AS "unit before",
    LAG("load_dt") OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt") AS "load date before"
  FROM "line"
),
"changed" AS (
  SELECT "hk_person_no", "load_dt", "row no"
  FROM "compared"
  WHERE "row no" > 0
    AND (
      "load date before" IS NULL
      OR "weight" IS DISTINCT FROM "weight before"
      OR "unit" IS DISTINCT FROM "unit before"
    )
)
SELECT
  "hk_person_no",
  "weight",
  "unit",
  "load_dt",
  "load_src"
FROM "staged"
WHERE "hk_person_no" NOT IN (SELECT "hk_person_no" FROM "ordered_keys")
UNION ALL
SELECT
  staged."hk_person_no",
  staged."weight",
  staged."unit",
  changed."load_dt",
  staged."load_src"
FROM "staged" AS staged
-- By the key too: where a key's rows are on one node, nothing of this leaves it.
JOIN "changed" AS changed
  ON changed."hk_person_no" = staged."hk_person_no"
  AND changed."row no" = staged."row no";

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_weight_history" AS
SELECT
  "hk_person_no",
  "weight",
  "unit",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."s_weight";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_weight_current" AS
SELECT
  "hk_person_no",
  "weight",
  "unit",
  "load_dt",
  "load_src"
FROM "vault"."s_weight_history"
WHERE "is_current";
