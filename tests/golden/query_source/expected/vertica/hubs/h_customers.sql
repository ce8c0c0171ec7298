-- hub h_customers: rendered by dv-gen from metadata/customers.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_customers" (
  "hk_customer" VARBINARY(16) NOT NULL,
  "customer" VARCHAR(40),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_customer") DISABLED
)
ORDER BY "hk_customer"
SEGMENTED BY HASH("hk_customer") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_customers_repeats";

CREATE LOCAL TEMPORARY TABLE "h_customers_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_customer" ORDER BY "load_dt", "load_src", "customer" NULLS LAST) AS "place no"
  FROM "stage"."orders"
  WHERE "hk_customer" IN (SELECT "hk_customer" FROM "stage"."orders" GROUP BY "hk_customer" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_customers')*/ INTO "vault"."h_customers" (
  "hk_customer",
  "customer",
  "load_dt",
  "load_src"
)
SELECT
  "hk_customer",
  "customer",
  "load_dt",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_customer" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_customers_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_customers" AS known
    WHERE known."hk_customer" = staged."hk_customer"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_customers');
