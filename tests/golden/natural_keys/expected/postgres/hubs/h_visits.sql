-- hub h_visits: rendered by dv-gen from metadata/model.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_visits" (
  "visit_id" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL
);

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_visits" (
  "visit_id",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "key_visit_id" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."visits"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."visits_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "key_visit_id",
  "load_dt",
  "load_src"
FROM "stage"."visits" AS staged
WHERE "key_visit_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "key_visit_id" NOT IN (
    SELECT known."visit_id"
    FROM "vault"."h_visits" AS known
    WHERE known."visit_id" IN (SELECT "key_visit_id" FROM "stage"."visits")
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_visits" ("visit_id", "load_dt", "load_src");
