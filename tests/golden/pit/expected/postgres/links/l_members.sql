-- link l_members: rendered by dv-gen from metadata/model.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_members" (
  "hk_l_members" UUID NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hk_group_id" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_members")
);

SELECT "dv_meta"."lift_key"('"vault"."l_members"');

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_members" (
  "hk_l_members",
  "hk_user_id",
  "hk_group_id",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_members" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."members"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."members_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_members",
  "hk_user_id",
  "hk_group_id",
  "load_dt",
  "load_src"
FROM "stage"."members" AS staged
WHERE "hk_l_members" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_members" NOT IN (
    SELECT known."hk_l_members"
    FROM "vault"."l_members" AS known
    WHERE known."hk_l_members" IN (SELECT "hk_l_members" FROM "stage"."members")
  );

SELECT "dv_meta"."put_key"('"vault"."l_members"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_members" ("hk_l_members", "hk_user_id", "hk_group_id", "load_dt", "load_src");
