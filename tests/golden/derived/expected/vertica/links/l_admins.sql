-- link l_admins: rendered by dv-gen from metadata/admins.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_admins" (
  "hk_l_admins" VARBINARY(16) NOT NULL,
  "hk_user_id" VARBINARY(16) NOT NULL,
  "hk_group_id" VARBINARY(16) NOT NULL,
  "hk_tenant" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_admins") DISABLED
)
ORDER BY "hk_l_admins"
SEGMENTED BY HASH("hk_l_admins") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_admins_repeats";

CREATE LOCAL TEMPORARY TABLE "l_admins_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_admins" ORDER BY "load_dt", "load_src") AS "place no"
  FROM "stage"."admins"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."admins_repeats")
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_admins')*/ INTO "vault"."l_admins" (
  "hk_l_admins",
  "hk_user_id",
  "hk_group_id",
  "hk_tenant",
  "load_dt",
  "load_src"
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
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_admins_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_admins" AS known
    WHERE known."hk_l_admins" = staged."hk_l_admins"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_admins');
