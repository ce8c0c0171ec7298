-- hub h_pages: rendered by dv-gen from metadata/model.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_pages" (
  "page" VARCHAR(200) COLLATE "C" NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL
);

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_pages" (
  "page",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "key_page" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."visits"
    WHERE "key_page" IN (SELECT "key_page" FROM "stage"."visits" GROUP BY "key_page" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "key_page",
  "load_dt",
  "load_src"
FROM "stage"."visits" AS staged
WHERE "key_page" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "key_page" NOT IN (
    SELECT known."page"
    FROM "vault"."h_pages" AS known
    WHERE known."page" IN (SELECT "key_page" FROM "stage"."visits")
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_pages" ("page", "load_dt", "load_src");
