-- hub h_countries: rendered by dv-gen from metadata/model.yml:8.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_countries" (
  "hk_country_code" UUID NOT NULL,
  "country_code" VARCHAR(2) COLLATE "C",
  "ldts" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_country_code")
);

SELECT "dv_meta"."lift_key"('"vault"."h_countries"');

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_countries" (
  "hk_country_code",
  "country_code",
  "ldts",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_country_code" ORDER BY "ldts", "load_src", "country" NULLS LAST) AS "place no"
    FROM "stage"."orders"
    WHERE "hk_country_code" IN (SELECT "hk_country_code" FROM "stage"."orders" GROUP BY "hk_country_code" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_country_code",
  "country" AS "country_code",
  "ldts",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_country_code" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_country_code" NOT IN (
    SELECT known."hk_country_code"
    FROM "vault"."h_countries" AS known
    WHERE known."hk_country_code" IN (SELECT "hk_country_code" FROM "stage"."orders")
  );

SELECT "dv_meta"."put_key"('"vault"."h_countries"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_countries" ("hk_country_code", "country_code", "ldts", "load_src");
