-- hub h_visits: rendered by dv-gen from metadata/sales.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_visits" (
  "hk_visit_id" VARBINARY(16) NOT NULL,
  "visit_id" VARBINARY(16),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_visit_id") DISABLED
)
ORDER BY "hk_visit_id"
SEGMENTED BY HASH("hk_visit_id") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_visits_repeats";

CREATE LOCAL TEMPORARY TABLE "h_visits_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_visit_id" ORDER BY "load_dt", "load_src", "visit_id" NULLS LAST) AS "place no"
  FROM "stage"."visits"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."visits_repeats")
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_visits')*/ INTO "vault"."h_visits" (
  "hk_visit_id",
  "visit_id",
  "load_dt",
  "load_src"
)
SELECT
  "hk_visit_id",
  "visit_id",
  "load_dt",
  "load_src"
FROM "stage"."visits" AS staged
WHERE "hk_visit_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_visits_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_visits" AS known
    WHERE known."hk_visit_id" = staged."hk_visit_id"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_visits');
