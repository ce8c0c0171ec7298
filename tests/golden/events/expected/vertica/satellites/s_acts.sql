-- satellite s_acts: rendered by dv-gen from metadata/log.yml:12.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_acts" (
  "hk_user_id" VARBINARY(16) NOT NULL,
  "at" TIMESTAMP,
  "what" VARCHAR(80),
  "weight" DOUBLE PRECISION,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_user_id") DISABLED
)
ORDER BY "hk_user_id"
SEGMENTED BY HASH("hk_user_id") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."s_acts_repeats";

CREATE LOCAL TEMPORARY TABLE "s_acts_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_user_id" ORDER BY "load_dt", "at" ASC NULLS FIRST, "row_no" ASC) AS "place no"
  FROM "stage"."log"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."log_repeats")
) AS placed
WHERE "place no" > 1;

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:s_acts')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_acts' AS "entity",
  'log' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_user_id' AS "column_name",
  'no key' AS "reason",
  COALESCE(CAST("user_id" AS VARCHAR(11)), '\N') || '|' || CAST("target_id" AS VARCHAR(11)) || '|' || RTRIM(RTRIM(TO_CHAR("at", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.') || '|' || COALESCE(REPLACE(REPLACE("what", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("weight" AS VARCHAR(24)), '\N') AS "record"
FROM "stage"."log" AS staged
WHERE staged."hk_user_id" IS NULL;

-- Events: once per key, the first that arrives; what they say is never compared.
INSERT /*+LABEL('dv_gen:s_acts')*/ INTO "vault"."s_acts" (
  "hk_user_id",
  "at",
  "what",
  "weight",
  "load_dt",
  "load_src"
)
SELECT
  staged."hk_user_id",
  staged."at",
  staged."what",
  staged."weight",
  staged."load_dt",
  staged."load_src"
FROM "stage"."log" AS staged
WHERE "hk_user_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "s_acts_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."s_acts" AS known
    WHERE known."hk_user_id" = staged."hk_user_id"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.s_acts');
