-- hub h_bookings: rendered by dv-gen from metadata/bank.yml:24.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_bookings" (
  "hk_booking_no" UUID NOT NULL,
  "booking_no" BIGINT,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_booking_no")
);

SELECT "dv_meta"."lift_key"('"vault"."h_bookings"');

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_bookings" (
  "hk_booking_no",
  "booking_no",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_booking_no" ORDER BY "load_dt", "load_src", "booking_no" NULLS LAST) AS "place no"
    FROM "stage"."bookings"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."bookings_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_booking_no",
  "booking_no",
  "load_dt",
  "load_src"
FROM "stage"."bookings" AS staged
WHERE "hk_booking_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_booking_no" NOT IN (
    SELECT known."hk_booking_no"
    FROM "vault"."h_bookings" AS known
    WHERE known."hk_booking_no" IN (SELECT "hk_booking_no" FROM "stage"."bookings")
  );

SELECT "dv_meta"."put_key"('"vault"."h_bookings"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_bookings" ("hk_booking_no", "booking_no", "load_dt", "load_src");
