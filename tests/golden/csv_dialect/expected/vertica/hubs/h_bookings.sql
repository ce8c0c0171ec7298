-- hub h_bookings: rendered by dv-gen from metadata/bank.yml:24.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_bookings" (
  "hk_booking_no" VARBINARY(16) NOT NULL,
  "booking_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_booking_no") DISABLED
)
ORDER BY "hk_booking_no"
SEGMENTED BY HASH("hk_booking_no") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_bookings_repeats";

CREATE LOCAL TEMPORARY TABLE "h_bookings_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_booking_no" ORDER BY "load_dt", "load_src", "booking_no" NULLS LAST) AS "place no"
  FROM "stage"."bookings"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."bookings_repeats")
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_bookings')*/ INTO "vault"."h_bookings" (
  "hk_booking_no",
  "booking_no",
  "load_dt",
  "load_src"
)
SELECT
  "hk_booking_no",
  "booking_no",
  "load_dt",
  "load_src"
FROM "stage"."bookings" AS staged
WHERE "hk_booking_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_bookings_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_bookings" AS known
    WHERE known."hk_booking_no" = staged."hk_booking_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_bookings');
