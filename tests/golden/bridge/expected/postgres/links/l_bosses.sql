-- link l_bosses: rendered by dv-gen from metadata/model.yml:29.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_bosses" (
  "hk_l_bosses" UUID NOT NULL,
  "hk_person_no" UUID NOT NULL,
  "hk_person_no_boss" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_bosses")
);

SELECT "dv_meta"."lift_key"('"vault"."l_bosses"');

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_bosses" (
  "hk_l_bosses",
  "hk_person_no",
  "hk_person_no_boss",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_bosses" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."persons"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."persons_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_bosses",
  "hk_person_no",
  "hk_person_no_boss",
  "load_dt",
  "load_src"
FROM "stage"."persons" AS staged
WHERE "hk_l_bosses" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_bosses" NOT IN (
    SELECT known."hk_l_bosses"
    FROM "vault"."l_bosses" AS known
    WHERE known."hk_l_bosses" IN (SELECT "hk_l_bosses" FROM "stage"."persons")
  );

SELECT "dv_meta"."put_key"('"vault"."l_bosses"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_bosses" ("hk_l_bosses", "hk_person_no", "hk_person_no_boss", "load_dt", "load_src");
