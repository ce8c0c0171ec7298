-- hub h_group_logs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:5.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_group_logs" (
  "hk_group_log_id" UUID NOT NULL,
  "group_log_id" UUID,
  "datetime" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_group_log_id")
);

SELECT "dv_meta"."lift_key"('"vault"."h_group_logs"');

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_group_logs" (
  "hk_group_log_id",
  "group_log_id",
  "datetime",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_group_log_id" ORDER BY "load_dt", "load_src", "id" NULLS LAST, "datetime" NULLS LAST) AS "place no"
    FROM "stage"."group_log"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."group_log_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_group_log_id",
  "id" AS "group_log_id",
  "datetime",
  "load_dt",
  "load_src"
FROM "stage"."group_log" AS staged
WHERE "hk_group_log_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_group_log_id" NOT IN (
    SELECT known."hk_group_log_id"
    FROM "vault"."h_group_logs" AS known
    WHERE known."hk_group_log_id" IN (SELECT "hk_group_log_id" FROM "stage"."group_log")
  );

SELECT "dv_meta"."put_key"('"vault"."h_group_logs"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_group_logs" ("hk_group_log_id", "group_log_id", "datetime", "load_dt", "load_src");
