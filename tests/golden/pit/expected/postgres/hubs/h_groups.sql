-- hub h_groups: rendered by dv-gen from metadata/model.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_groups" (
  "hk_group_id" UUID NOT NULL,
  "group_id" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_group_id")
);

SELECT "dv_meta"."lift_key"('"vault"."h_groups"');

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
    FROM "stage"."members"
    WHERE "hk_group_id" IN (SELECT "hk_group_id" FROM "stage"."members" GROUP BY "hk_group_id" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_group_id",
  "group_id",
  "load_dt",
  "load_src"
FROM "stage"."members" AS staged
WHERE "hk_group_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_group_id" NOT IN (
    SELECT known."hk_group_id"
    FROM "vault"."h_groups" AS known
    WHERE known."hk_group_id" IN (SELECT "hk_group_id" FROM "stage"."members")
  );

SELECT "dv_meta"."put_key"('"vault"."h_groups"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_groups" ("hk_group_id", "group_id", "load_dt", "load_src");
