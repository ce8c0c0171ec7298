-- hub h_projects: rendered by dv-gen from metadata/phones.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_projects" (
  "hk_project_no" VARBINARY(16) NOT NULL,
  "project_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_project_no") DISABLED
)
ORDER BY "hk_project_no"
SEGMENTED BY HASH("hk_project_no") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_projects_repeats";

CREATE LOCAL TEMPORARY TABLE "h_projects_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_project_no" ORDER BY "load_dt", "load_src", "project" NULLS LAST) AS "place no"
  FROM "stage"."skills"
  WHERE "hk_project_no" IN (SELECT "hk_project_no" FROM "stage"."skills" GROUP BY "hk_project_no" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_projects')*/ INTO "vault"."h_projects" (
  "hk_project_no",
  "project_no",
  "load_dt",
  "load_src"
)
SELECT
  "hk_project_no",
  "project" AS "project_no",
  "load_dt",
  "load_src"
FROM "stage"."skills" AS staged
WHERE "hk_project_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_projects_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_projects" AS known
    WHERE known."hk_project_no" = staged."hk_project_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_projects');
