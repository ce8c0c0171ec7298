-- link l_invited: rendered by dv-gen from metadata/users.yml:14.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "dwh"."l_invited" (
  "hub_l_invited" CHAR(64) NOT NULL,
  "hub_login" CHAR(64) NOT NULL,
  "hub_login_inviter" CHAR(64) NOT NULL,
  "ldts" TIMESTAMP NOT NULL,
  "rsrc" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hub_l_invited") DISABLED
)
ORDER BY "hub_l_invited"
SEGMENTED BY HASH("hub_l_invited") ALL NODES
PARTITION BY "ldts"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("ldts"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_invited_repeats";

CREATE LOCAL TEMPORARY TABLE "l_invited_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hub_l_invited" ORDER BY "ldts", "rsrc") AS "place no"
  FROM "dwh_stage"."users"
  WHERE "row_no" IN (SELECT "row_no" FROM "dwh_stage"."users_repeats")
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_invited')*/ INTO "dwh"."l_invited" (
  "hub_l_invited",
  "hub_login",
  "hub_login_inviter",
  "ldts",
  "rsrc"
)
SELECT
  "hub_l_invited",
  "hub_login",
  "hub_login_inviter",
  "ldts",
  "rsrc"
FROM "dwh_stage"."users" AS staged
WHERE "hub_l_invited" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_invited_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "dwh"."l_invited" AS known
    WHERE known."hub_l_invited" = staged."hub_l_invited"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('dwh.l_invited');
