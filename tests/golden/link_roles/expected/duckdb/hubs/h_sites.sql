-- hub h_sites: rendered by dv-gen from metadata/model.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_sites" (
  "hk_site" UUID NOT NULL,
  "site" VARCHAR(20),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_sites" (
  "hk_site",
  "site",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_site" ORDER BY "load_dt", "load_src", "site" NULLS LAST) AS "place no"
    FROM "stage"."staff"
    WHERE "hk_site" IN (SELECT "hk_site" FROM "stage"."staff" GROUP BY "hk_site" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_site",
  "site",
  "load_dt",
  "load_src"
FROM "stage"."staff" AS staged
WHERE "hk_site" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_site" NOT IN (
    SELECT known."hk_site"
    FROM "vault"."h_sites" AS known
    WHERE known."hk_site" IN (SELECT "hk_site" FROM "stage"."staff")
  );
