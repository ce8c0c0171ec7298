-- hub h_cities: rendered by dv-gen from metadata/model.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_cities" (
  "key_country_city" VARCHAR(105) NOT NULL,
  "country" VARCHAR(2),
  "city" VARCHAR(50),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_cities" (
  "key_country_city",
  "country",
  "city",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "key_country_city" ORDER BY "load_dt", "load_src", "country" NULLS LAST, "city" NULLS LAST) AS "place no"
    FROM "stage"."users"
    WHERE "key_country_city" IN (SELECT "key_country_city" FROM "stage"."users" GROUP BY "key_country_city" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "key_country_city",
  "country",
  "city",
  "load_dt",
  "load_src"
FROM "stage"."users" AS staged
WHERE "key_country_city" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "key_country_city" NOT IN (
    SELECT known."key_country_city"
    FROM "vault"."h_cities" AS known
    WHERE known."key_country_city" IN (SELECT "key_country_city" FROM "stage"."users")
  );
