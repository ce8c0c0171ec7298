-- link l_groups_dialogs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:9.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_groups_dialogs" (
  "hk_l_groups_dialogs" VARBINARY(16) NOT NULL,
  "hk_message_id" VARBINARY(16) NOT NULL,
  "hk_group_id" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_groups_dialogs") DISABLED
)
ORDER BY "hk_l_groups_dialogs"
SEGMENTED BY HASH("hk_l_groups_dialogs") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_groups_dialogs_repeats";

CREATE LOCAL TEMPORARY TABLE "l_groups_dialogs_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_groups_dialogs" ORDER BY "load_dt", "load_src") AS "place no"
  FROM "stage"."dialogs"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."dialogs_repeats")
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_groups_dialogs')*/ INTO "vault"."l_groups_dialogs" (
  "hk_l_groups_dialogs",
  "hk_message_id",
  "hk_group_id",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_groups_dialogs",
  "hk_message_id",
  "hk_group_id",
  "load_dt",
  "load_src"
FROM "stage"."dialogs" AS staged
WHERE "hk_l_groups_dialogs" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_groups_dialogs_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_groups_dialogs" AS known
    WHERE known."hk_l_groups_dialogs" = staged."hk_l_groups_dialogs"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_groups_dialogs');
