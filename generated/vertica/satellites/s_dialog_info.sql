-- satellite s_dialog_info: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:21.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_dialog_info" (
  "hk_message_id" VARBINARY(16) NOT NULL,
  "message" VARCHAR(4000),
  "message_from" INTEGER,
  "message_to" INTEGER,
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_message_id", "load_dt") DISABLED
)
ORDER BY "hk_message_id", "load_dt"
SEGMENTED BY HASH("hk_message_id") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_message_id"
  FROM (
    SELECT
      "hk_message_id",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "hk_message_id" ORDER BY "load_dt") AS "next"
    FROM "vault"."s_dialog_info"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."dialogs"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:s_dialog_info'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

DROP TABLE IF EXISTS v_temp_schema."s_dialog_info_ranked";

CREATE LOCAL TEMPORARY TABLE "s_dialog_info_ranked" ON COMMIT PRESERVE ROWS AS
SELECT
  "row_no",
  "hashdiff_s_dialog_info",
  FIRST_VALUE("hashdiff_s_dialog_info") OVER (PARTITION BY "hk_message_id", "load_dt" ORDER BY "row_no" DESC) AS "winner",
  ROW_NUMBER() OVER (PARTITION BY "hk_message_id", "load_dt" ORDER BY "row_no" DESC) AS "place no",
  ROW_NUMBER() OVER (PARTITION BY "hk_message_id", "load_dt", "hashdiff_s_dialog_info" ORDER BY "row_no" DESC) AS "repeat"
FROM "stage"."dialogs"
WHERE "hk_message_id" IS NOT NULL
  AND "row_no" IN (SELECT "row_no" FROM "stage"."dialogs_repeats");

DROP TABLE IF EXISTS v_temp_schema."s_dialog_info_unkept";

CREATE LOCAL TEMPORARY TABLE "s_dialog_info_unkept" ON COMMIT PRESERVE ROWS AS
SELECT "row_no" FROM "s_dialog_info_ranked" WHERE "hashdiff_s_dialog_info" <> "winner" AND "repeat" = 1
UNION
-- A moment that is stored already stands, whatever wins among the staged rows.
SELECT staged."row_no"
FROM "stage"."dialogs" AS staged
JOIN "vault"."s_dialog_info" AS stored
  ON stored."hk_message_id" = staged."hk_message_id"
  AND stored."load_dt" = staged."load_dt"
WHERE stored."hashdiff" <> staged."hashdiff_s_dialog_info"
  AND staged."row_no" NOT IN (SELECT "row_no" FROM "s_dialog_info_ranked" WHERE "place no" > 1);

DROP TABLE IF EXISTS v_temp_schema."s_dialog_info_stored";

CREATE LOCAL TEMPORARY TABLE "s_dialog_info_stored" ON COMMIT PRESERVE ROWS AS
SELECT "hk_message_id", "hashdiff", "load_dt"
FROM "vault"."s_dialog_info"
WHERE "hk_message_id" IN (SELECT "hk_message_id" FROM "stage"."dialogs");

DROP TABLE IF EXISTS v_temp_schema."s_dialog_info_ordered_keys";

-- Keys that are stored already or may be staged more than once; any other row is simply new.
CREATE LOCAL TEMPORARY TABLE "s_dialog_info_ordered_keys" ON COMMIT PRESERVE ROWS AS
SELECT "hk_message_id" FROM "s_dialog_info_stored"
UNION
SELECT "hk_message_id" FROM "stage"."dialogs" WHERE "hk_message_id" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "stage"."dialogs_repeats");

DROP TABLE IF EXISTS v_temp_schema."s_dialog_info_changed";

CREATE LOCAL TEMPORARY TABLE "s_dialog_info_changed" ON COMMIT PRESERVE ROWS AS
WITH
-- Of the rows of one key and load date the last stands for all; the others go to the rejects.
"placed" AS (
  SELECT
    "hk_message_id",
    "hashdiff_s_dialog_info",
    "load_dt",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_message_id", "load_dt" ORDER BY "row_no" DESC) AS "place no"
  FROM "stage"."dialogs"
  WHERE "hk_message_id" IN (SELECT "hk_message_id" FROM "s_dialog_info_ordered_keys")
),
"candidates" AS (
  SELECT "hk_message_id", "hashdiff_s_dialog_info", "load_dt", "row_no"
  FROM "placed"
  WHERE "place no" = 1
),
"line" AS (
  SELECT
    "hk_message_id",
    "hashdiff",
    "load_dt",
    0 AS "row_no"
  FROM "s_dialog_info_stored" AS "stored"
  UNION ALL
  SELECT "hk_message_id", "hashdiff_s_dialog_info", "load_dt", "row_no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "s_dialog_info_stored" AS stored
    WHERE stored."hk_message_id" = candidate."hk_message_id"
      AND stored."load_dt" = candidate."load_dt"
  )
),
"compared" AS (
  SELECT
    "hk_message_id",
    "load_dt",
    "row_no",
    "hashdiff",
    LAG("hashdiff") OVER (PARTITION BY "hk_message_id" ORDER BY "load_dt") AS "hashdiff before"
  FROM "line"
)
SELECT "hk_message_id", "load_dt", "row_no"
FROM "compared"
WHERE "row_no" > 0
  AND ("hashdiff before" IS NULL OR "hashdiff before" <> "hashdiff");

DROP TABLE IF EXISTS v_temp_schema."s_dialog_info_nothing_new";

-- By key and number: where a key's rows are on one node, nothing of this leaves it.
CREATE LOCAL TEMPORARY TABLE "s_dialog_info_nothing_new" ON COMMIT PRESERVE ROWS AS
SELECT known."hk_message_id", known."row_no"
FROM "stage"."dialogs" AS known
WHERE known."hk_message_id" IN (SELECT "hk_message_id" FROM "s_dialog_info_ordered_keys")
  AND NOT EXISTS (
    SELECT 1
    FROM "s_dialog_info_changed" AS changed
    WHERE changed."hk_message_id" = known."hk_message_id"
      AND changed."row_no" = known."row_no"
  );

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:s_dialog_info')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_dialog_info' AS "entity",
  'dialogs' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_message_id' AS "column_name",
  'duplicate key' AS "reason",
  CAST("message_id" AS VARCHAR(11)) || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("message_ts", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') || '|' || CAST("message_from" AS VARCHAR(11)) || '|' || COALESCE(CAST("message_to" AS VARCHAR(11)), '\N') || '|' || COALESCE(REPLACE(REPLACE("message", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("message_group" AS VARCHAR(11)), '\N') AS "record"
FROM "stage"."dialogs" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "s_dialog_info_unkept");

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT /*+LABEL('dv_gen:s_dialog_info')*/ INTO "vault"."s_dialog_info" (
  "hk_message_id",
  "message",
  "message_from",
  "message_to",
  "hashdiff",
  "load_dt",
  "load_src"
)
SELECT
  staged."hk_message_id",
  staged."message",
  staged."message_from",
  staged."message_to",
  staged."hashdiff_s_dialog_info",
  staged."load_dt",
  staged."load_src"
FROM "stage"."dialogs" AS staged
WHERE staged."hk_message_id" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "s_dialog_info_nothing_new" AS nothing_new
    WHERE nothing_new."hk_message_id" = staged."hk_message_id"
      AND nothing_new."row_no" = staged."row_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.s_dialog_info');

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_dialog_info_history" AS
SELECT
  "hk_message_id",
  "message",
  "message_from",
  "message_to",
  "hashdiff",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_message_id" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_message_id" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."s_dialog_info";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_dialog_info_current" AS
SELECT
  "hk_message_id",
  "message",
  "message_from",
  "message_to",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."s_dialog_info_history"
WHERE "is_current";
