-- link l_admins: rendered by dv-gen from metadata/admins.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_admins" (
  "hk_l_admins" UUID NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hk_group_id" UUID NOT NULL,
  "hk_tenant" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_admins" (
  "hk_l_admins",
  "hk_user_id",
  "hk_group_id",
  "hk_tenant",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_admins" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."admins"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."admins_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_admins",
  "hk_user_id",
  "hk_group_id",
  "hk_tenant",
  "load_dt",
  "load_src"
FROM "stage"."admins" AS staged
WHERE "hk_l_admins" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_admins" NOT IN (
    SELECT known."hk_l_admins"
    FROM "vault"."l_admins" AS known
    WHERE known."hk_l_admins" IN (SELECT "hk_l_admins" FROM "stage"."admins")
  );
