-- hub h_cities: rendered by dv-gen from metadata/model.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_cities" (
  "key_country_city" VARCHAR(420) NOT NULL,
  "country" VARCHAR(8),
  "city" VARCHAR(200),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("key_country_city") DISABLED
)
ORDER BY "key_country_city"
SEGMENTED BY HASH("key_country_city") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_cities_repeats";

CREATE LOCAL TEMPORARY TABLE "h_cities_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "key_country_city" ORDER BY "load_dt", "load_src", "country" NULLS LAST, "city" NULLS LAST) AS "place no"
  FROM "stage"."users"
  WHERE "key_country_city" IN (SELECT "key_country_city" FROM "stage"."users" GROUP BY "key_country_city" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_cities')*/ INTO "vault"."h_cities" (
  "key_country_city",
  "country",
  "city",
  "load_dt",
  "load_src"
)
SELECT
  "key_country_city",
  "country",
  "city",
  "load_dt",
  "load_src"
FROM "stage"."users" AS staged
WHERE "key_country_city" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_cities_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_cities" AS known
    WHERE known."key_country_city" = staged."key_country_city"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_cities');
