-- hub h_groups: rendered by dv-gen from metadata/admins.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_groups" (
  "hk_group_id" VARBINARY(16) NOT NULL,
  "group_id" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_group_id") DISABLED
)
ORDER BY "hk_group_id"
SEGMENTED BY HASH("hk_group_id") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_groups_repeats";

CREATE LOCAL TEMPORARY TABLE "h_groups_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_group_id" ORDER BY "load_dt", "load_src", "group_id" NULLS LAST) AS "place no"
  FROM "stage"."admins"
  WHERE "hk_group_id" IN (SELECT "hk_group_id" FROM "stage"."admins" GROUP BY "hk_group_id" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_groups')*/ INTO "vault"."h_groups" (
  "hk_group_id",
  "group_id",
  "load_dt",
  "load_src"
)
SELECT
  "hk_group_id",
  "group_id",
  "load_dt",
  "load_src"
FROM "stage"."admins" AS staged
WHERE "hk_group_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_groups_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_groups" AS known
    WHERE known."hk_group_id" = staged."hk_group_id"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_groups');
