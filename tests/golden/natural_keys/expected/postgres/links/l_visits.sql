-- link l_visits: rendered by dv-gen from metadata/model.yml:21.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_visits" (
  "key_l_visits" VARCHAR(504) COLLATE "C" NOT NULL,
  "visit_id" UUID NOT NULL,
  "user_id" INTEGER NOT NULL,
  "page" VARCHAR(200) COLLATE "C" NOT NULL,
  "at" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL
);

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_visits" (
  "key_l_visits",
  "visit_id",
  "user_id",
  "page",
  "at",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "key_l_visits" ORDER BY "load_dt", "load_src", "at" NULLS LAST) AS "place no"
    FROM "stage"."visits"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."visits_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "key_l_visits",
  "key_visit_id" AS "visit_id",
  "key_user_id" AS "user_id",
  "key_page" AS "page",
  "at",
  "load_dt",
  "load_src"
FROM "stage"."visits" AS staged
WHERE "key_l_visits" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "key_l_visits" NOT IN (
    SELECT known."key_l_visits"
    FROM "vault"."l_visits" AS known
    WHERE known."key_l_visits" IN (SELECT "key_l_visits" FROM "stage"."visits")
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_visits" ("key_l_visits", "visit_id", "user_id", "page", "at", "load_dt", "load_src");
