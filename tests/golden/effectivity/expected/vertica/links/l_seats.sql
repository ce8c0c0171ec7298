-- link l_seats: rendered by dv-gen from metadata/orders.yml:28.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_seats" (
  "hk_l_seats" VARBINARY(16) NOT NULL,
  "hk_seat_no" VARBINARY(16) NOT NULL,
  "hk_person_no" VARBINARY(16) NOT NULL,
  "hk_office" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_seats") DISABLED
)
ORDER BY "hk_l_seats"
SEGMENTED BY HASH("hk_l_seats") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_seats_repeats";

CREATE LOCAL TEMPORARY TABLE "l_seats_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_seats" ORDER BY "load_dt", "load_src") AS "place no"
  FROM "stage"."seats"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."seats_repeats")
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_seats')*/ INTO "vault"."l_seats" (
  "hk_l_seats",
  "hk_seat_no",
  "hk_person_no",
  "hk_office",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_seats",
  "hk_seat_no",
  "hk_person_no_sitter" AS "hk_person_no",
  "hk_office",
  "load_dt",
  "load_src"
FROM "stage"."seats" AS staged
WHERE "hk_l_seats" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_seats_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_seats" AS known
    WHERE known."hk_l_seats" = staged."hk_l_seats"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_seats');
