-- hub h_rows: rendered by dv-gen from metadata/users.yml:11.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "dwh"."h_rows" (
  "hub_row_id" CHAR(64) NOT NULL,
  "row_id" CHAR(64),
  "ldts" TIMESTAMP NOT NULL,
  "rsrc" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hub_row_id") DISABLED
)
ORDER BY "hub_row_id"
SEGMENTED BY HASH("hub_row_id") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_rows_repeats";

CREATE LOCAL TEMPORARY TABLE "h_rows_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hub_row_id" ORDER BY "ldts", "rsrc", "row_id" NULLS LAST) AS "place no"
  FROM "dwh_stage"."users"
  WHERE "hub_row_id" IN (SELECT "hub_row_id" FROM "dwh_stage"."users" GROUP BY "hub_row_id" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_rows')*/ INTO "dwh"."h_rows" (
  "hub_row_id",
  "row_id",
  "ldts",
  "rsrc"
)
SELECT
  "hub_row_id",
  "row_id",
  "ldts",
  "rsrc"
FROM "dwh_stage"."users" AS staged
WHERE "hub_row_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_rows_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "dwh"."h_rows" AS known
    WHERE known."hub_row_id" = staged."hub_row_id"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('dwh.h_rows');
