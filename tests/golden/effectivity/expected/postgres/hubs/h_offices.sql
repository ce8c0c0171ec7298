-- hub h_offices: rendered by dv-gen from metadata/orders.yml:22.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_offices" (
  "hk_office" UUID NOT NULL,
  "office" VARCHAR(9) COLLATE "C",
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_office")
);

SELECT "dv_meta"."lift_key"('"vault"."h_offices"');

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_offices" (
  "hk_office",
  "office",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_office" ORDER BY "load_dt", "load_src", "office" NULLS LAST) AS "place no"
    FROM "stage"."seats"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."seats_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_office",
  "office",
  "load_dt",
  "load_src"
FROM "stage"."seats" AS staged
WHERE "hk_office" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_office" NOT IN (
    SELECT known."hk_office"
    FROM "vault"."h_offices" AS known
    WHERE known."hk_office" IN (SELECT "hk_office" FROM "stage"."seats")
  );

SELECT "dv_meta"."put_key"('"vault"."h_offices"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_offices" ("hk_office", "office", "load_dt", "load_src");
