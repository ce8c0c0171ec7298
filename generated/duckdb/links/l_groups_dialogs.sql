-- link l_groups_dialogs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:9.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_groups_dialogs" (
  "hk_l_groups_dialogs" UUID NOT NULL,
  "hk_message_id" UUID NOT NULL,
  "hk_group_id" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_groups_dialogs" (
  "hk_l_groups_dialogs",
  "hk_message_id",
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
      ROW_NUMBER() OVER (PARTITION BY "hk_l_groups_dialogs" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."dialogs"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."dialogs_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_groups_dialogs",
  "hk_message_id",
  "hk_group_id",
  "load_dt",
  "load_src"
FROM "stage"."dialogs" AS staged
WHERE "hk_l_groups_dialogs" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_groups_dialogs" NOT IN (
    SELECT known."hk_l_groups_dialogs"
    FROM "vault"."l_groups_dialogs" AS known
    WHERE known."hk_l_groups_dialogs" IN (SELECT "hk_l_groups_dialogs" FROM "stage"."dialogs")
  );
