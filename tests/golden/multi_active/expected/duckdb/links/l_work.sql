-- link l_work: rendered by dv-gen from metadata/phones.yml:18.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_work" (
  "hk_l_work" UUID NOT NULL,
  "hk_person_no" UUID NOT NULL,
  "hk_project_no" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_work" (
  "hk_l_work",
  "hk_person_no",
  "hk_project_no",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_work" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."skills"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."skills_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_work",
  "hk_person_no",
  "hk_project_no",
  "load_dt",
  "load_src"
FROM "stage"."skills" AS staged
WHERE "hk_l_work" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_work" NOT IN (
    SELECT known."hk_l_work"
    FROM "vault"."l_work" AS known
    WHERE known."hk_l_work" IN (SELECT "hk_l_work" FROM "stage"."skills")
  );
