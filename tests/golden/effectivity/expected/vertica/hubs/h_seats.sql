-- hub h_seats: rendered by dv-gen from metadata/orders.yml:24.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_seats" (
  "hk_seat_no" VARBINARY(16) NOT NULL,
  "seat_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_seat_no") DISABLED
)
ORDER BY "hk_seat_no"
SEGMENTED BY HASH("hk_seat_no") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_seats_repeats";

CREATE LOCAL TEMPORARY TABLE "h_seats_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_seat_no" ORDER BY "load_dt", "load_src", "seat" NULLS LAST) AS "place no"
  FROM "stage"."seats"
  WHERE "hk_seat_no" IN (SELECT "hk_seat_no" FROM "stage"."seats" GROUP BY "hk_seat_no" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_seats')*/ INTO "vault"."h_seats" (
  "hk_seat_no",
  "seat_no",
  "load_dt",
  "load_src"
)
SELECT
  "hk_seat_no",
  "seat" AS "seat_no",
  "load_dt",
  "load_src"
FROM "stage"."seats" AS staged
WHERE "hk_seat_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_seats_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_seats" AS known
    WHERE known."hk_seat_no" = staged."hk_seat_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_seats');
