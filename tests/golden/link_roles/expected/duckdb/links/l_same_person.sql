-- link l_same_person: rendered by dv-gen from metadata/model.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_same_person" (
  "hk_l_same_person" UUID NOT NULL,
  "hk_person_no" UUID NOT NULL,
  "hk_person_no_before" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_same_person" (
  "hk_l_same_person",
  "hk_person_no",
  "hk_person_no_before",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_same_person" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."staff"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."staff_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_same_person",
  "hk_person_no",
  "hk_person_no_before",
  "load_dt",
  "load_src"
FROM "stage"."staff" AS staged
WHERE "hk_l_same_person" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_same_person" NOT IN (
    SELECT known."hk_l_same_person"
    FROM "vault"."l_same_person" AS known
    WHERE known."hk_l_same_person" IN (SELECT "hk_l_same_person" FROM "stage"."staff")
  );
