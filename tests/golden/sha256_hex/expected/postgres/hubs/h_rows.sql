-- hub h_rows: rendered by dv-gen from metadata/users.yml:11.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "dwh"."h_rows" (
  "hub_row_id" CHAR(64) COLLATE "C" NOT NULL,
  "row_id" CHAR(64) COLLATE "C",
  "ldts" TIMESTAMP NOT NULL,
  "rsrc" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hub_row_id")
);

SELECT "dwh_meta"."lift_key"('"dwh"."h_rows"');

-- New business keys of this batch: per key the earliest row.
INSERT INTO "dwh"."h_rows" (
  "hub_row_id",
  "row_id",
  "ldts",
  "rsrc"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hub_row_id" ORDER BY "ldts", "rsrc", "row_id" NULLS LAST) AS "place no"
    FROM "dwh_stage"."users"
    WHERE "hub_row_id" IN (SELECT "hub_row_id" FROM "dwh_stage"."users" GROUP BY "hub_row_id" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hub_row_id",
  "row_id",
  "ldts",
  "rsrc"
FROM "dwh_stage"."users" AS staged
WHERE "hub_row_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hub_row_id" NOT IN (
    SELECT known."hub_row_id"
    FROM "dwh"."h_rows" AS known
    WHERE known."hub_row_id" IN (SELECT "hub_row_id" FROM "dwh_stage"."users")
  );

SELECT "dwh_meta"."put_key"('"dwh"."h_rows"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "dwh"."h_rows" ("hub_row_id", "row_id", "ldts", "rsrc");
