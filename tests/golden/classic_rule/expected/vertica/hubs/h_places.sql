-- hub h_places: rendered by dv-gen from metadata/users.yml:10.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_places" (
  "hk_country_zip" VARBINARY(16) NOT NULL,
  "country" VARCHAR(8),
  "zip" VARCHAR(40),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_country_zip") DISABLED
)
ORDER BY "hk_country_zip"
SEGMENTED BY HASH("hk_country_zip") ALL NODES;

-- Keys that are stored with another hash than the rule gives them. Asked before the first batch only:
-- a vault that another tool has built can be loaded on if there are none.
SELECT COUNT(*) AS "differing"
FROM "vault"."h_places"
WHERE "hk_country_zip" <> HEX_TO_BINARY(MD5(NULLIF(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "country")), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "zip")), 'ß', 'ẞ'), ''), '^^'), '^^||^^')));

DROP TABLE IF EXISTS v_temp_schema."h_places_repeats";

CREATE LOCAL TEMPORARY TABLE "h_places_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_country_zip" ORDER BY "load_dt", "load_src", "country" NULLS LAST, "zip" NULLS LAST) AS "place no"
  FROM "stage"."users"
  WHERE "hk_country_zip" IN (SELECT "hk_country_zip" FROM "stage"."users" GROUP BY "hk_country_zip" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_places')*/ INTO "vault"."h_places" (
  "hk_country_zip",
  "country",
  "zip",
  "load_dt",
  "load_src"
)
SELECT
  "hk_country_zip",
  "country",
  "zip",
  "load_dt",
  "load_src"
FROM "stage"."users" AS staged
WHERE "hk_country_zip" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_places_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_places" AS known
    WHERE known."hk_country_zip" = staged."hk_country_zip"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_places');
