-- hub h_sites: rendered by dv-gen from metadata/model.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_sites" (
  "hk_site" VARBINARY(16) NOT NULL,
  "site" VARCHAR(80),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_site") DISABLED
)
ORDER BY "hk_site"
SEGMENTED BY HASH("hk_site") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_sites_repeats";

CREATE LOCAL TEMPORARY TABLE "h_sites_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_site" ORDER BY "load_dt", "load_src", "site" NULLS LAST) AS "place no"
  FROM "stage"."staff"
  WHERE "hk_site" IN (SELECT "hk_site" FROM "stage"."staff" GROUP BY "hk_site" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_sites')*/ INTO "vault"."h_sites" (
  "hk_site",
  "site",
  "load_dt",
  "load_src"
)
SELECT
  "hk_site",
  "site",
  "load_dt",
  "load_src"
FROM "stage"."staff" AS staged
WHERE "hk_site" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_sites_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_sites" AS known
    WHERE known."hk_site" = staged."hk_site"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_sites');
