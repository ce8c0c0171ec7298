-- satellite s_acts: rendered by dv-gen from metadata/log.yml:12.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_acts" (
  "hk_user_id" UUID NOT NULL,
  "at" TIMESTAMP,
  "what" VARCHAR(20) COLLATE "C",
  "weight" DOUBLE PRECISION,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_user_id")
);

SELECT "dv_meta"."lift_key"('"vault"."s_acts"');

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
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
  COALESCE(CAST("user_id" AS TEXT), '\N') || '|' || CAST("target_id" AS TEXT) || '|' || CAST("at" AS TEXT) || '|' || COALESCE(REPLACE(REPLACE("what", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("weight" AS TEXT), '\N') AS "record"
FROM "stage"."log" AS staged
WHERE staged."hk_user_id" IS NULL;

-- Events: once per key, the first that arrives; what they say is never compared.
INSERT INTO "vault"."s_acts" (
  "hk_user_id",
  "at",
  "what",
  "weight",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_user_id" ORDER BY "load_dt", "at" ASC NULLS FIRST, "row_no" ASC) AS "place no"
    FROM "stage"."log"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."log_repeats")
  ) AS placed
  WHERE "place no" > 1
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
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_user_id" NOT IN (
    SELECT known."hk_user_id"
    FROM "vault"."s_acts" AS known
    WHERE known."hk_user_id" IN (SELECT "hk_user_id" FROM "stage"."log")
  );

SELECT "dv_meta"."put_key"('"vault"."s_acts"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."s_acts" ("hk_user_id", "at", "what", "weight", "load_dt", "load_src");
