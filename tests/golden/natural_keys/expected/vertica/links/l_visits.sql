-- link l_visits: rendered by dv-gen from metadata/model.yml:21.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_visits" (
  "key_l_visits" VARCHAR(2016) NOT NULL,
  "visit_id" VARBINARY(16) NOT NULL,
  "user_id" INTEGER NOT NULL,
  "page" VARCHAR(800) NOT NULL,
  "at" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("key_l_visits") DISABLED
)
ORDER BY "key_l_visits"
SEGMENTED BY HASH("key_l_visits") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_visits_repeats";

CREATE LOCAL TEMPORARY TABLE "l_visits_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "key_l_visits" ORDER BY "load_dt", "load_src", "at" NULLS LAST) AS "place no"
  FROM "stage"."visits"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."visits_repeats")
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_visits')*/ INTO "vault"."l_visits" (
  "key_l_visits",
  "visit_id",
  "user_id",
  "page",
  "at",
  "load_dt",
  "load_src"
)
SELECT
  "key_l_visits",
  "key_visit_id" AS "visit_id",
  "key_user_id" AS "user_id",
  "key_page" AS "page",
  "at",
  "load_dt",
  "load_src"
FROM "stage"."visits" AS staged
WHERE "key_l_visits" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_visits_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_visits" AS known
    WHERE known."key_l_visits" = staged."key_l_visits"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_visits');
