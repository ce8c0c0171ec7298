-- satellite s_first: rendered by dv-gen from metadata/weights.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_first" (
  "hk_person_no" VARBINARY(16) NOT NULL,
  "weight" DOUBLE PRECISION,
  "moment" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_person_no", "load_dt") DISABLED
)
ORDER BY "hk_person_no", "load_dt"
SEGMENTED BY HASH("hk_person_no") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

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
    FROM "vault"."s_first"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."weights"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:s_first'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

DROP TABLE IF EXISTS v_temp_schema."s_first_staged";

CREATE LOCAL TEMPORARY TABLE "s_first_staged" ON COMMIT PRESERVE ROWS AS
SELECT
  "hk_person_no",
  "weight",
  "moment",
  "load_dt",
  "load_src",
  "row_no" AS "row no"
FROM "stage"."weights"
WHERE "hk_person_no" IS NOT NULL;

DROP TABLE IF EXISTS v_temp_schema."s_first_stored";

CREATE LOCAL TEMPORARY TABLE "s_first_stored" ON COMMIT PRESERVE ROWS AS
SELECT
  "hk_person_no",
  "weight",
  "moment",
  "load_dt"
FROM "vault"."s_first"
WHERE "hk_person_no" IN (SELECT "hk_person_no" FROM "s_first_staged");

DROP TABLE IF EXISTS v_temp_schema."s_first_ranked";

CREATE LOCAL TEMPORARY TABLE "s_first_ranked" ON COMMIT PRESERVE ROWS AS
SELECT
  "hk_person_no",
  "weight",
  "moment",
  "load_dt",
  "row no",
  ROW_NUMBER() OVER (PARTITION BY "hk_person_no", "load_dt" ORDER BY "row no" ASC) AS "place no",
  ROW_NUMBER() OVER (PARTITION BY "hk_person_no", "load_dt", "weight", "moment" ORDER BY "row no" DESC) AS "repeat no"
FROM "s_first_staged"
WHERE "hk_person_no" IN (SELECT "hk_person_no" FROM "s_first_staged" GROUP BY "hk_person_no" HAVING COUNT(*) > 1);

DROP TABLE IF EXISTS v_temp_schema."s_first_unkept";

CREATE LOCAL TEMPORARY TABLE "s_first_unkept" ON COMMIT PRESERVE ROWS AS
SELECT ranked."row no"
FROM "s_first_ranked" AS ranked
JOIN "s_first_ranked" AS winner
  ON winner."hk_person_no" = ranked."hk_person_no"
  AND winner."load_dt" = ranked."load_dt"
WHERE winner."place no" = 1
  AND ranked."repeat no" = 1
  AND (
    NOT (ranked."weight" <=> winner."weight")
    OR NOT (ranked."moment" <=> winner."moment")
  )
UNION
-- A moment that is stored already stands, whatever wins among the staged rows.
SELECT staged."row no"
FROM "s_first_staged" AS staged
JOIN "s_first_stored" AS stored
  ON stored."hk_person_no" = staged."hk_person_no"
  AND stored."load_dt" = staged."load_dt"
WHERE (
  NOT (stored."weight" <=> staged."weight")
  OR NOT (stored."moment" <=> staged."moment")
)
  AND NOT EXISTS (
    SELECT 1
    FROM "s_first_ranked" AS ranked
    WHERE ranked."row no" = staged."row no"
      AND ranked."place no" > 1
  );

DROP TABLE IF EXISTS v_temp_schema."s_first_ordered_keys";

-- Keys that are stored already or staged more than once; any other row is simply new.
CREATE LOCAL TEMPORARY TABLE "s_first_ordered_keys" ON COMMIT PRESERVE ROWS AS
SELECT "hk_person_no" FROM "s_first_stored"
UNION
SELECT "hk_person_no" FROM "s_first_staged" GROUP BY "hk_person_no" HAVING COUNT(*) > 1;

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:s_first')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_first' AS "entity",
  'weights' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_person_no' AS "column_name",
  'duplicate key' AS "reason",
  COALESCE(CAST("person_no" AS VARCHAR(11)), '\N') || '|' || COALESCE(CAST("weight" AS VARCHAR(24)), '\N') || '|' || COALESCE(REPLACE(REPLACE("unit", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("moment", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') AS "record"
FROM "stage"."weights" AS staged
WHERE staged."row_no" IN (SELECT "row no" FROM "s_first_unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_first' AS "entity",
  'weights' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_person_no' AS "column_name",
  'no key' AS "reason",
  COALESCE(CAST("person_no" AS VARCHAR(11)), '\N') || '|' || COALESCE(CAST("weight" AS VARCHAR(24)), '\N') || '|' || COALESCE(REPLACE(REPLACE("unit", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("moment", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') AS "record"
FROM "stage"."weights" AS staged
WHERE staged."hk_person_no" IS NULL;

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT /*+LABEL('dv_gen:s_first')*/ INTO "vault"."s_first" (
  "hk_person_no",
  "weight",
  "moment",
  "load_dt",
  "load_src"
)
SELECT
  "hk_person_no",
  "weight",
  "moment",
  "load_dt",
  "load_src"
FROM "s_first_staged" AS "staged"
WHERE "hk_person_no" NOT IN (SELECT "hk_person_no" FROM "s_first_ordered_keys")
UNION ALL
SELECT
  staged."hk_person_no",
  staged."weight",
  staged."moment",
  changed."load_dt",
  staged."load_src"
FROM "s_first_staged" AS staged
-- By the key too: where a key's rows are on one node, nothing of this leaves it.
JOIN (
  SELECT "hk_person_no", "load_dt", "row no"
  FROM (
    SELECT
      "hk_person_no",
      "weight",
      "moment",
      "load_dt",
      "row no",
      LAG("weight") OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt") AS "weight before",
      LAG("moment") OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt") AS "moment before",
      LAG("load_dt") OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt") AS "load date before"
    FROM (
      SELECT
        "hk_person_no",
        "weight",
        "moment",
        "load_dt",
        0 AS "row no"
      FROM "s_first_stored" AS "stored"
      UNION ALL
      SELECT
        "hk_person_no",
        "weight",
        "moment",
        "load_dt",
        "row no"
      FROM (
        SELECT
          "hk_person_no",
          "weight",
          "moment",
          "load_dt",
          "row no"
        FROM (
          -- Of the rows of one key and load date the first stands for all; the others go to the rejects.
          SELECT
            "hk_person_no",
            "weight",
            "moment",
            "load_dt",
            "row no",
            ROW_NUMBER() OVER (PARTITION BY "hk_person_no", "load_dt" ORDER BY "row no" ASC) AS "place no"
          FROM "s_first_staged"
          WHERE "hk_person_no" IN (SELECT "hk_person_no" FROM "s_first_ordered_keys")
        ) AS "placed"
        WHERE "place no" = 1
      ) AS candidate
      -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
      WHERE NOT EXISTS (
        SELECT 1
        FROM "s_first_stored" AS stored
        WHERE stored."hk_person_no" = candidate."hk_person_no"
          AND stored."load_dt" = candidate."load_dt"
      )
    ) AS "line"
  ) AS "compared"
  WHERE "row no" > 0
    AND (
      "load date before" IS NULL
      OR NOT ("weight" <=> "weight before")
      OR NOT ("moment" <=> "moment before")
    )
) AS changed
  ON changed."hk_person_no" = staged."hk_person_no"
  AND changed."row no" = staged."row no";

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.s_first');

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_first_history" AS
SELECT
  "hk_person_no",
  "weight",
  "moment",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."s_first";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_first_current" AS
SELECT
  "hk_person_no",
  "weight",
  "moment",
  "load_dt",
  "load_src"
FROM "vault"."s_first_history"
WHERE "is_current";
