-- hub h_tenants: rendered by dv-gen from metadata/admins.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_tenants" (
  "hk_tenant" UUID NOT NULL,
  "tenant" VARCHAR(28),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_tenants" (
  "hk_tenant",
  "tenant",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_tenant" ORDER BY "load_dt", "load_src", "tenant" NULLS LAST) AS "place no"
    FROM "stage"."admins"
    WHERE "hk_tenant" IN (SELECT "hk_tenant" FROM "stage"."admins" GROUP BY "hk_tenant" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_tenant",
  "tenant",
  "load_dt",
  "load_src"
FROM "stage"."admins" AS staged
WHERE "hk_tenant" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_tenant" NOT IN (
    SELECT known."hk_tenant"
    FROM "vault"."h_tenants" AS known
    WHERE known."hk_tenant" IN (SELECT "hk_tenant" FROM "stage"."admins")
  );
