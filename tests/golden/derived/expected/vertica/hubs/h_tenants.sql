-- hub h_tenants: rendered by dv-gen from metadata/admins.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_tenants" (
  "hk_tenant" VARBINARY(16) NOT NULL,
  "tenant" VARCHAR(112),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_tenant") DISABLED
)
ORDER BY "hk_tenant"
SEGMENTED BY HASH("hk_tenant") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_tenants_repeats";

CREATE LOCAL TEMPORARY TABLE "h_tenants_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_tenant" ORDER BY "load_dt", "load_src", "tenant" NULLS LAST) AS "place no"
  FROM "stage"."admins"
  WHERE "hk_tenant" IN (SELECT "hk_tenant" FROM "stage"."admins" GROUP BY "hk_tenant" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_tenants')*/ INTO "vault"."h_tenants" (
  "hk_tenant",
  "tenant",
  "load_dt",
  "load_src"
)
SELECT
  "hk_tenant",
  "tenant",
  "load_dt",
  "load_src"
FROM "stage"."admins" AS staged
WHERE "hk_tenant" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_tenants_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_tenants" AS known
    WHERE known."hk_tenant" = staged."hk_tenant"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_tenants');
