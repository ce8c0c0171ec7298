-- hub h_teams: rendered by dv-gen from metadata/model.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_teams" (
  "hk_team" VARBINARY(16) NOT NULL,
  "team" VARCHAR(80),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_team") DISABLED
)
ORDER BY "hk_team"
SEGMENTED BY HASH("hk_team") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_teams_repeats";

CREATE LOCAL TEMPORARY TABLE "h_teams_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_team" ORDER BY "load_dt", "load_src", "team" NULLS LAST) AS "place no"
  FROM "stage"."staff"
  WHERE "hk_team" IN (SELECT "hk_team" FROM "stage"."staff" GROUP BY "hk_team" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_teams')*/ INTO "vault"."h_teams" (
  "hk_team",
  "team",
  "load_dt",
  "load_src"
)
SELECT
  "hk_team",
  "team",
  "load_dt",
  "load_src"
FROM "stage"."staff" AS staged
WHERE "hk_team" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_teams_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_teams" AS known
    WHERE known."hk_team" = staged."hk_team"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_teams');
