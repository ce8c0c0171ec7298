-- hub h_teams: rendered by dv-gen from metadata/model.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_teams" (
  "hk_team" UUID NOT NULL,
  "team" VARCHAR(20),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_teams" (
  "hk_team",
  "team",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_team" ORDER BY "load_dt", "load_src", "team" NULLS LAST) AS "place no"
    FROM "stage"."staff"
    WHERE "hk_team" IN (SELECT "hk_team" FROM "stage"."staff" GROUP BY "hk_team" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_team",
  "team",
  "load_dt",
  "load_src"
FROM "stage"."staff" AS staged
WHERE "hk_team" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_team" NOT IN (
    SELECT known."hk_team"
    FROM "vault"."h_teams" AS known
    WHERE known."hk_team" IN (SELECT "hk_team" FROM "stage"."staff")
  );
