-- hub h_groups: rendered by dv-gen from metadata/admins.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_groups" (
  "hk_group_id" UUID NOT NULL,
  "group_id" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_groups" (
  "hk_group_id",
  "group_id",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_group_id" ORDER BY "load_dt", "load_src", "group_id" NULLS LAST) AS "place no"
    FROM "stage"."admins"
    WHERE "hk_group_id" IN (SELECT "hk_group_id" FROM "stage"."admins" GROUP BY "hk_group_id" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_group_id",
  "group_id",
  "load_dt",
  "load_src"
FROM "stage"."admins" AS staged
WHERE "hk_group_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_group_id" NOT IN (
    SELECT known."hk_group_id"
    FROM "vault"."h_groups" AS known
    WHERE known."hk_group_id" IN (SELECT "hk_group_id" FROM "stage"."admins")
  );
