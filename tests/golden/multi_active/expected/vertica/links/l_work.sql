-- link l_work: rendered by dv-gen from metadata/phones.yml:18.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_work" (
  "hk_l_work" VARBINARY(16) NOT NULL,
  "hk_person_no" VARBINARY(16) NOT NULL,
  "hk_project_no" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_work") DISABLED
)
ORDER BY "hk_l_work"
SEGMENTED BY HASH("hk_l_work") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_work_repeats";

CREATE LOCAL TEMPORARY TABLE "l_work_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_work" ORDER BY "load_dt", "load_src") AS "place no"
  FROM "stage"."skills"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."skills_repeats")
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_work')*/ INTO "vault"."l_work" (
  "hk_l_work",
  "hk_person_no",
  "hk_project_no",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_work",
  "hk_person_no",
  "hk_project_no",
  "load_dt",
  "load_src"
FROM "stage"."skills" AS staged
WHERE "hk_l_work" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_work_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_work" AS known
    WHERE known."hk_l_work" = staged."hk_l_work"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_work');
