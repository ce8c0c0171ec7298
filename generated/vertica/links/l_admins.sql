-- link l_admins: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:10.
-- Edit the metadata or the templates, not this file.

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL(dv_gen:l_admins)*/ INTO "vault"."l_admins" (
  "hk_l_admins",
  "hk_user_id",
  "hk_group_id",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT
    "hk_l_admins",
    "hk_user_id" AS "hk_user_id",
    "hk_group_id" AS "hk_group_id",
    "load_dt",
    "load_src",
    1 AS "feed"
  FROM "stage"."groups"
  WHERE "hk_l_admins" IS NOT NULL
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_l_admins"
      ORDER BY "load_dt", "feed", "load_src"
    ) AS "place"
  FROM "staged" AS staged
  WHERE "hk_l_admins" NOT IN (
    SELECT known."hk_l_admins"
    FROM "vault"."l_admins" AS known
    WHERE known."hk_l_admins" IN (SELECT "hk_l_admins" FROM "staged")
  )
)
SELECT
  "hk_l_admins",
  "hk_user_id",
  "hk_group_id",
  "load_dt",
  "load_src"
FROM "ranked"
WHERE "place" = 1;
