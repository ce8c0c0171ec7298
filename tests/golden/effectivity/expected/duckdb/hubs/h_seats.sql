-- hub h_seats: rendered by dv-gen from metadata/orders.yml:24.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_seats" (
  "hk_seat_no" UUID NOT NULL,
  "seat_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_seats" (
  "hk_seat_no",
  "seat_no",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_seat_no" ORDER BY "load_dt", "load_src", "seat" NULLS LAST) AS "place no"
    FROM "stage"."seats"
    WHERE "hk_seat_no" IN (SELECT "hk_seat_no" FROM "stage"."seats" GROUP BY "hk_seat_no" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_seat_no",
  "seat" AS "seat_no",
  "load_dt",
  "load_src"
FROM "stage"."seats" AS staged
WHERE "hk_seat_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_seat_no" NOT IN (
    SELECT known."hk_seat_no"
    FROM "vault"."h_seats" AS known
    WHERE known."hk_seat_no" IN (SELECT "hk_seat_no" FROM "stage"."seats")
  );
