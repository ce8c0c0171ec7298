-- satellite s_visits: rendered by dv-gen from metadata/model.yml:25.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_visits" (
  "key_l_visits" VARCHAR(2016) NOT NULL,
  "seen_at" TIMESTAMP,
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("key_l_visits", "load_dt") DISABLED
)
ORDER BY "key_l_visits", "load_dt"
SEGMENTED BY HASH("key_l_visits") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."key_l_visits"
  FROM (
    SELECT
      "key_l_visits",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "key_l_visits" ORDER BY "load_dt") AS "next"
    FROM "vault"."s_visits"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."visits"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:s_visits'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

DROP TABLE IF EXISTS v_temp_schema."s_visits_ranked";

CREATE LOCAL TEMPORARY TABLE "s_visits_ranked" ON COMMIT PRESERVE ROWS AS
SELECT
  "row_no",
  "hashdiff_s_visits",
  FIRST_VALUE("hashdiff_s_visits") OVER (PARTITION BY "key_l_visits", "load_dt" ORDER BY "row_no" DESC) AS "winner",
  ROW_NUMBER() OVER (PARTITION BY "key_l_visits", "load_dt" ORDER BY "row_no" DESC) AS "place no",
  ROW_NUMBER() OVER (PARTITION BY "key_l_visits", "load_dt", "hashdiff_s_visits" ORDER BY "row_no" DESC) AS "repeat"
FROM "stage"."visits"
WHERE "key_l_visits" IS NOT NULL
  AND "row_no" IN (SELECT "row_no" FROM "stage"."visits_repeats");

DROP TABLE IF EXISTS v_temp_schema."s_visits_unkept";

CREATE LOCAL TEMPORARY TABLE "s_visits_unkept" ON COMMIT PRESERVE ROWS AS
SELECT "row_no" FROM "s_visits_ranked" WHERE "hashdiff_s_visits" <> "winner" AND "repeat" = 1
UNION
-- A moment that is stored already stands, whatever wins among the staged rows.
SELECT staged."row_no"
FROM "stage"."visits" AS staged
JOIN "vault"."s_visits" AS stored
  ON stored."key_l_visits" = staged."key_l_visits"
  AND stored."load_dt" = staged."load_dt"
WHERE stored."hashdiff" <> staged."hashdiff_s_visits"
  AND staged."row_no" NOT IN (SELECT "row_no" FROM "s_visits_ranked" WHERE "place no" > 1);

DROP TABLE IF EXISTS v_temp_schema."s_visits_stored";

CREATE LOCAL TEMPORARY TABLE "s_visits_stored" ON COMMIT PRESERVE ROWS AS
SELECT "key_l_visits", "hashdiff", "load_dt"
FROM "vault"."s_visits"
WHERE "key_l_visits" IN (SELECT "key_l_visits" FROM "stage"."visits");

DROP TABLE IF EXISTS v_temp_schema."s_visits_ordered_keys";

-- Keys that are stored already or may be staged more than once; any other row is simply new.
CREATE LOCAL TEMPORARY TABLE "s_visits_ordered_keys" ON COMMIT PRESERVE ROWS AS
SELECT "key_l_visits" FROM "s_visits_stored"
UNION
SELECT "key_l_visits" FROM "stage"."visits" WHERE "key_l_visits" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "stage"."visits_repeats");

DROP TABLE IF EXISTS v_temp_schema."s_visits_changed";

CREATE LOCAL TEMPORARY TABLE "s_visits_changed" ON COMMIT PRESERVE ROWS AS
WITH
-- Of the rows of one key and load date the last stands for all; the others go to the rejects.
"placed" AS (
  SELECT
    "key_l_visits",
    "hashdiff_s_visits",
    "load_dt",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "key_l_visits", "load_dt" ORDER BY "row_no" DESC) AS "place no"
  FROM "stage"."visits"
  WHERE "key_l_visits" IN (SELECT "key_l_visits" FROM "s_visits_ordered_keys")
),
"candidates" AS (
  SELECT "key_l_visits", "hashdiff_s_visits", "load_dt", "row_no"
  FROM "placed"
  WHERE "place no" = 1
),
"line" AS (
  SELECT
    "key_l_visits",
    "hashdiff",
    "load_dt",
    0 AS "row_no"
  FROM "s_visits_stored" AS "stored"
  UNION ALL
  SELECT "key_l_visits", "hashdiff_s_visits", "load_dt", "row_no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "s_visits_stored" AS stored
    WHERE stored."key_l_visits" = candidate."key_l_visits"
      AND stored."load_dt" = candidate."load_dt"
  )
),
"compared" AS (
  SELECT
    "key_l_visits",
    "load_dt",
    "row_no",
    "hashdiff",
    LAG("hashdiff") OVER (PARTITION BY "key_l_visits" ORDER BY "load_dt") AS "hashdiff before"
  FROM "line"
)
SELECT "key_l_visits", "load_dt", "row_no"
FROM "compared"
WHERE "row_no" > 0
  AND ("hashdiff before" IS NULL OR "hashdiff before" <> "hashdiff");

DROP TABLE IF EXISTS v_temp_schema."s_visits_nothing_new";

-- By key and number: where a key's rows are on one node, nothing of this leaves it.
CREATE LOCAL TEMPORARY TABLE "s_visits_nothing_new" ON COMMIT PRESERVE ROWS AS
SELECT known."key_l_visits", known."row_no"
FROM "stage"."visits" AS known
WHERE known."key_l_visits" IN (SELECT "key_l_visits" FROM "s_visits_ordered_keys")
  AND NOT EXISTS (
    SELECT 1
    FROM "s_visits_changed" AS changed
    WHERE changed."key_l_visits" = known."key_l_visits"
      AND changed."row_no" = known."row_no"
  );

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:s_visits')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_visits' AS "entity",
  'visits' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'key_l_visits' AS "column_name",
  'duplicate key' AS "reason",
  COALESCE(CAST("user_no" AS VARCHAR(6)), '\N') || '|' || COALESCE(REPLACE(REPLACE("page", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("at", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') AS "record"
FROM "stage"."visits" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "s_visits_unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_visits' AS "entity",
  'visits' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'key_l_visits' AS "column_name",
  'no key' AS "reason",
  COALESCE(CAST("user_no" AS VARCHAR(6)), '\N') || '|' || COALESCE(REPLACE(REPLACE("page", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("at", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') AS "record"
FROM "stage"."visits" AS staged
WHERE staged."key_l_visits" IS NULL;

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT /*+LABEL('dv_gen:s_visits')*/ INTO "vault"."s_visits" (
  "key_l_visits",
  "seen_at",
  "hashdiff",
  "load_dt",
  "load_src"
)
SELECT
  staged."key_l_visits",
  staged."at",
  staged."hashdiff_s_visits",
  staged."load_dt",
  staged."load_src"
FROM "stage"."visits" AS staged
WHERE staged."key_l_visits" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "s_visits_nothing_new" AS nothing_new
    WHERE nothing_new."key_l_visits" = staged."key_l_visits"
      AND nothing_new."row_no" = staged."row_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.s_visits');

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_visits_history" AS
SELECT
  "key_l_visits",
  "seen_at",
  "hashdiff",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "key_l_visits" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "key_l_visits" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."s_visits";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_visits_current" AS
SELECT
  "key_l_visits",
  "seen_at",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."s_visits_history"
WHERE "is_current";
