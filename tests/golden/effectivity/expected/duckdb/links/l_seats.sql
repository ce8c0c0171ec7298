-- link l_seats: rendered by dv-gen from metadata/orders.yml:28.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_seats" (
  "hk_l_seats" UUID NOT NULL,
  "hk_seat_no" UUID NOT NULL,
  "hk_person_no" UUID NOT NULL,
  "hk_office" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_seats" (
  "hk_l_seats",
  "hk_seat_no",
  "hk_person_no",
  "hk_office",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_seats" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."seats"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."seats_repeats")
  ) AS placed
  WHERE "place no" > 1
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
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_seats" NOT IN (
    SELECT known."hk_l_seats"
    FROM "vault"."l_seats" AS known
    WHERE known."hk_l_seats" IN (SELECT "hk_l_seats" FROM "stage"."seats")
  );
