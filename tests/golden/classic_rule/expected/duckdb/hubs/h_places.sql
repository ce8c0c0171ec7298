-- hub h_places: rendered by dv-gen from metadata/users.yml:10.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_places" (
  "hk_country_zip" UUID NOT NULL,
  "country" VARCHAR(2),
  "zip" VARCHAR(10),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- Keys that are stored with another hash than the rule gives them. Asked before the first batch only:
-- a vault that another tool has built can be loaded on if there are none.
SELECT COUNT(*) AS "differing"
FROM "vault"."h_places"
WHERE "hk_country_zip" <> UNHEX(MD5(NULLIF(CONCAT_WS('||', COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "country")), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "zip")), ''), '^^')), '^^||^^')))::UUID;

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_places" (
  "hk_country_zip",
  "country",
  "zip",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_country_zip" ORDER BY "load_dt", "load_src", "country" NULLS LAST, "zip" NULLS LAST) AS "place no"
    FROM "stage"."users"
    WHERE "hk_country_zip" IN (SELECT "hk_country_zip" FROM "stage"."users" GROUP BY "hk_country_zip" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_country_zip",
  "country",
  "zip",
  "load_dt",
  "load_src"
FROM "stage"."users" AS staged
WHERE "hk_country_zip" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_country_zip" NOT IN (
    SELECT known."hk_country_zip"
    FROM "vault"."h_places" AS known
    WHERE known."hk_country_zip" IN (SELECT "hk_country_zip" FROM "stage"."users")
  );
