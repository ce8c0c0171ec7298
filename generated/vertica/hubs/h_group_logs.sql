-- hub h_group_logs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:5.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_group_logs" (
  "hk_group_log_id" VARBINARY(16) NOT NULL,
  "group_log_id" VARBINARY(16),
  "datetime" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_group_log_id") DISABLED
)
ORDER BY "hk_group_log_id"
SEGMENTED BY HASH("hk_group_log_id") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_group_logs_repeats";

CREATE LOCAL TEMPORARY TABLE "h_group_logs_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_group_log_id" ORDER BY "load_dt", "load_src", "id" NULLS LAST, "datetime" NULLS LAST) AS "place no"
  FROM "stage"."group_log"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."group_log_repeats")
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_group_logs')*/ INTO "vault"."h_group_logs" (
  "hk_group_log_id",
  "group_log_id",
  "datetime",
  "load_dt",
  "load_src"
)
SELECT
  "hk_group_log_id",
  "id" AS "group_log_id",
  "datetime",
  "load_dt",
  "load_src"
FROM "stage"."group_log" AS staged
WHERE "hk_group_log_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_group_logs_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_group_logs" AS known
    WHERE known."hk_group_log_id" = staged."hk_group_log_id"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_group_logs');
