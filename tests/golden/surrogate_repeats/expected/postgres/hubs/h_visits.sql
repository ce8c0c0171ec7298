-- hub h_visits: rendered by dv-gen from metadata/sales.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_visits" (
  "hk_visit_id" UUID NOT NULL,
  "visit_id" UUID,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_visit_id")
);

SELECT "dv_meta"."lift_key"('"vault"."h_visits"');

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_visits" (
  "hk_visit_id",
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
      ROW_NUMBER() OVER (PARTITION BY "hk_visit_id" ORDER BY "load_dt", "load_src", "visit_id" NULLS LAST) AS "place no"
    FROM "stage"."visits"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."visits_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_visit_id",
  "visit_id",
  "load_dt",
  "load_src"
FROM "stage"."visits" AS staged
WHERE "hk_visit_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_visit_id" NOT IN (
    SELECT known."hk_visit_id"
    FROM "vault"."h_visits" AS known
    WHERE known."hk_visit_id" IN (SELECT "hk_visit_id" FROM "stage"."visits")
  );

SELECT "dv_meta"."put_key"('"vault"."h_visits"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_visits" ("hk_visit_id", "visit_id", "load_dt", "load_src");
