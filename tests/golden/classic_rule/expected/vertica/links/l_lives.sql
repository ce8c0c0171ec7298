-- link l_lives: rendered by dv-gen from metadata/users.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_lives" (
  "hk_l_lives" VARBINARY(16) NOT NULL,
  "hk_user_id" VARBINARY(16) NOT NULL,
  "hk_country_zip" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_lives") DISABLED
)
ORDER BY "hk_l_lives"
SEGMENTED BY HASH("hk_l_lives") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_lives_repeats";

CREATE LOCAL TEMPORARY TABLE "l_lives_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_lives" ORDER BY "load_dt", "load_src", "hk_user_id", "hk_country_zip") AS "place no"
  FROM "stage"."users"
  WHERE "hk_l_lives" IN (SELECT "hk_l_lives" FROM "stage"."users" GROUP BY "hk_l_lives" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_lives')*/ INTO "vault"."l_lives" (
  "hk_l_lives",
  "hk_user_id",
  "hk_country_zip",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_lives",
  "hk_user_id",
  "hk_country_zip",
  "load_dt",
  "load_src"
FROM "stage"."users" AS staged
WHERE "hk_l_lives" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_lives_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_lives" AS known
    WHERE known."hk_l_lives" = staged."hk_l_lives"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_lives');
