-- hub h_projects: rendered by dv-gen from metadata/phones.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_projects" (
  "hk_project_no" UUID NOT NULL,
  "project_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_project_no")
);

SELECT "dv_meta"."lift_key"('"vault"."h_projects"');

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_projects" (
  "hk_project_no",
  "project_no",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_project_no" ORDER BY "load_dt", "load_src", "project" NULLS LAST) AS "place no"
    FROM "stage"."skills"
    WHERE "hk_project_no" IN (SELECT "hk_project_no" FROM "stage"."skills" GROUP BY "hk_project_no" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_project_no",
  "project" AS "project_no",
  "load_dt",
  "load_src"
FROM "stage"."skills" AS staged
WHERE "hk_project_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_project_no" NOT IN (
    SELECT known."hk_project_no"
    FROM "vault"."h_projects" AS known
    WHERE known."hk_project_no" IN (SELECT "hk_project_no" FROM "stage"."skills")
  );

SELECT "dv_meta"."put_key"('"vault"."h_projects"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_projects" ("hk_project_no", "project_no", "load_dt", "load_src");
