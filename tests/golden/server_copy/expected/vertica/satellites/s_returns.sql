-- satellite s_returns: rendered by dv-gen from metadata/model.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_returns" (
  "hk_order_id" VARBINARY(16) NOT NULL,
  "reason" VARCHAR(160),
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_order_id", "load_dt") DISABLED
)
ORDER BY "hk_order_id", "load_dt"
SEGMENTED BY HASH("hk_order_id") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_order_id"
  FROM (
    SELECT
      "hk_order_id",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "hk_order_id" ORDER BY "load_dt") AS "next"
    FROM "vault"."s_returns"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."returns"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:s_returns'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

DROP TABLE IF EXISTS v_temp_schema."s_returns_ranked";

CREATE LOCAL TEMPORARY TABLE "s_returns_ranked" ON COMMIT PRESERVE ROWS AS
SELECT
  "row_no",
  "hashdiff_s_returns",
  FIRST_VALUE("hashdiff_s_returns") OVER (PARTITION BY "hk_order_id", "load_dt" ORDER BY "row_no" DESC) AS "winner",
  ROW_NUMBER() OVER (PARTITION BY "hk_order_id", "load_dt" ORDER BY "row_no" DESC) AS "place no",
  ROW_NUMBER() OVER (PARTITION BY "hk_order_id", "load_dt", "hashdiff_s_returns" ORDER BY "row_no" DESC) AS "repeat"
FROM "stage"."returns"
WHERE "hk_order_id" IS NOT NULL
  AND "row_no" IN (SELECT "row_no" FROM "stage"."returns_repeats");

DROP TABLE IF EXISTS v_temp_schema."s_returns_unkept";

CREATE LOCAL TEMPORARY TABLE "s_returns_unkept" ON COMMIT PRESERVE ROWS AS
SELECT "row_no" FROM "s_returns_ranked" WHERE "hashdiff_s_returns" <> "winner" AND "repeat" = 1
UNION
-- A moment that is stored already stands, whatever wins among the staged rows.
SELECT staged."row_no"
FROM "stage"."returns" AS staged
JOIN "vault"."s_returns" AS stored
  ON stored."hk_order_id" = staged."hk_order_id"
  AND stored."load_dt" = staged."load_dt"
WHERE stored."hashdiff" <> staged."hashdiff_s_returns"
  AND staged."row_no" NOT IN (SELECT "row_no" FROM "s_returns_ranked" WHERE "place no" > 1);

DROP TABLE IF EXISTS v_temp_schema."s_returns_stored";

CREATE LOCAL TEMPORARY TABLE "s_returns_stored" ON COMMIT PRESERVE ROWS AS
SELECT "hk_order_id", "hashdiff", "load_dt"
FROM "vault"."s_returns"
WHERE "hk_order_id" IN (SELECT "hk_order_id" FROM "stage"."returns");

DROP TABLE IF EXISTS v_temp_schema."s_returns_ordered_keys";

-- Keys that are stored already or may be staged more than once; any other row is simply new.
CREATE LOCAL TEMPORARY TABLE "s_returns_ordered_keys" ON COMMIT PRESERVE ROWS AS
SELECT "hk_order_id" FROM "s_returns_stored"
UNION
SELECT "hk_order_id" FROM "stage"."returns" WHERE "hk_order_id" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "stage"."returns_repeats");

DROP TABLE IF EXISTS v_temp_schema."s_returns_changed";

CREATE LOCAL TEMPORARY TABLE "s_returns_changed" ON COMMIT PRESERVE ROWS AS
WITH
-- Of the rows of one key and load date the last stands for all; the others go to the rejects.
"placed" AS (
  SELECT
    "hk_order_id",
    "hashdiff_s_returns",
    "load_dt",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_order_id", "load_dt" ORDER BY "row_no" DESC) AS "place no"
  FROM "stage"."returns"
  WHERE "hk_order_id" IN (SELECT "hk_order_id" FROM "s_returns_ordered_keys")
),
"candidates" AS (
  SELECT "hk_order_id", "hashdiff_s_returns", "load_dt", "row_no"
  FROM "placed"
  WHERE "place no" = 1
),
"line" AS (
  SELECT
    "hk_order_id",
    "hashdiff",
    "load_dt",
    0 AS "row_no"
  FROM "s_returns_stored" AS "stored"
  UNION ALL
  SELECT "hk_order_id", "hashdiff_s_returns", "load_dt", "row_no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "s_returns_stored" AS stored
    WHERE stored."hk_order_id" = candidate."hk_order_id"
      AND stored."load_dt" = candidate."load_dt"
  )
),
"compared" AS (
  SELECT
    "hk_order_id",
    "load_dt",
    "row_no",
    "hashdiff",
    LAG("hashdiff") OVER (PARTITION BY "hk_order_id" ORDER BY "load_dt") AS "hashdiff before"
  FROM "line"
)
SELECT "hk_order_id", "load_dt", "row_no"
FROM "compared"
WHERE "row_no" > 0
  AND ("hashdiff before" IS NULL OR "hashdiff before" <> "hashdiff");

DROP TABLE IF EXISTS v_temp_schema."s_returns_nothing_new";

-- By key and number: where a key's rows are on one node, nothing of this leaves it.
CREATE LOCAL TEMPORARY TABLE "s_returns_nothing_new" ON COMMIT PRESERVE ROWS AS
SELECT known."hk_order_id", known."row_no"
FROM "stage"."returns" AS known
WHERE known."hk_order_id" IN (SELECT "hk_order_id" FROM "s_returns_ordered_keys")
  AND NOT EXISTS (
    SELECT 1
    FROM "s_returns_changed" AS changed
    WHERE changed."hk_order_id" = known."hk_order_id"
      AND changed."row_no" = known."row_no"
  );

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:s_returns')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_returns' AS "entity",
  'returns' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_order_id' AS "column_name",
  'duplicate key' AS "reason",
  CAST("order_id" AS VARCHAR(11)) || '|' || COALESCE(REPLACE(REPLACE("reason", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."returns" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "s_returns_unkept");

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT /*+LABEL('dv_gen:s_returns')*/ INTO "vault"."s_returns" (
  "hk_order_id",
  "reason",
  "hashdiff",
  "load_dt",
  "load_src"
)
SELECT
  staged."hk_order_id",
  staged."reason",
  staged."hashdiff_s_returns",
  staged."load_dt",
  staged."load_src"
FROM "stage"."returns" AS staged
WHERE staged."hk_order_id" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "s_returns_nothing_new" AS nothing_new
    WHERE nothing_new."hk_order_id" = staged."hk_order_id"
      AND nothing_new."row_no" = staged."row_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.s_returns');

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_returns_history" AS
SELECT
  "hk_order_id",
  "reason",
  "hashdiff",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_order_id" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_order_id" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."s_returns";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_returns_current" AS
SELECT
  "hk_order_id",
  "reason",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."s_returns_history"
WHERE "is_current";
