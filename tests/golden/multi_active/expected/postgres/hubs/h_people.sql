-- hub h_people: rendered by dv-gen from metadata/phones.yml:14.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_people" (
  "hk_person_no" UUID NOT NULL,
  "person_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_person_no")
);

SELECT "dv_meta"."lift_key"('"vault"."h_people"');

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_people" (
  "hk_person_no",
  "person_no",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt", "load_src", "person" NULLS LAST) AS "place no"
    FROM "stage"."skills"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."skills_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_person_no",
  "person" AS "person_no",
  "load_dt",
  "load_src"
FROM "stage"."skills" AS staged
WHERE "hk_person_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_person_no" NOT IN (
    SELECT known."hk_person_no"
    FROM "vault"."h_people" AS known
    WHERE known."hk_person_no" IN (SELECT "hk_person_no" FROM "stage"."skills")
  );

SELECT "dv_meta"."put_key"('"vault"."h_people"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_people" ("hk_person_no", "person_no", "load_dt", "load_src");
