-- hub h_countries: rendered by dv-gen from metadata/model.yml:8.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_countries" (
  "hk_country_code" VARBINARY(16) NOT NULL,
  "country_code" VARCHAR(8),
  "ldts" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_country_code") DISABLED
)
ORDER BY "hk_country_code"
UNSEGMENTED ALL NODES
KSAFE 1;

DROP TABLE IF EXISTS v_temp_schema."h_countries_repeats";

CREATE LOCAL TEMPORARY TABLE "h_countries_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_country_code" ORDER BY "ldts", "load_src", "country" NULLS LAST) AS "place no"
  FROM "stage"."orders"
  WHERE "hk_country_code" IN (SELECT "hk_country_code" FROM "stage"."orders" GROUP BY "hk_country_code" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_countries')*/ INTO "vault"."h_countries" (
  "hk_country_code",
  "country_code",
  "ldts",
  "load_src"
)
SELECT
  "hk_country_code",
  "country" AS "country_code",
  "ldts",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_country_code" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_countries_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_countries" AS known
    WHERE known."hk_country_code" = staged."hk_country_code"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_countries');
