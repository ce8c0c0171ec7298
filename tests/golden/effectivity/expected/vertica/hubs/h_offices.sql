-- hub h_offices: rendered by dv-gen from metadata/orders.yml:22.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_offices" (
  "hk_office" VARBINARY(16) NOT NULL,
  "office" VARCHAR(36),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_office") DISABLED
)
ORDER BY "hk_office"
SEGMENTED BY HASH("hk_office") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_offices_repeats";

CREATE LOCAL TEMPORARY TABLE "h_offices_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_office" ORDER BY "load_dt", "load_src", "office" NULLS LAST) AS "place no"
  FROM "stage"."seats"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."seats_repeats")
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_offices')*/ INTO "vault"."h_offices" (
  "hk_office",
  "office",
  "load_dt",
  "load_src"
)
SELECT
  "hk_office",
  "office",
  "load_dt",
  "load_src"
FROM "stage"."seats" AS staged
WHERE "hk_office" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_offices_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_offices" AS known
    WHERE known."hk_office" = staged."hk_office"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_offices');
