-- hub h_customers: rendered by dv-gen from metadata/model.yml:22.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_customers" (
  "hk_customer_no" VARBINARY(16) NOT NULL,
  "customer_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_customer_no") DISABLED
)
ORDER BY "hk_customer_no"
SEGMENTED BY HASH("hk_customer_no") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_customers_repeats";

CREATE LOCAL TEMPORARY TABLE "h_customers_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_customer_no" ORDER BY "load_dt", "load_src", "customer_no" NULLS LAST) AS "place no"
  FROM "stage"."orders"
  WHERE "hk_customer_no" IN (SELECT "hk_customer_no" FROM "stage"."orders" GROUP BY "hk_customer_no" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_customers')*/ INTO "vault"."h_customers" (
  "hk_customer_no",
  "customer_no",
  "load_dt",
  "load_src"
)
SELECT
  "hk_customer_no",
  "customer_no",
  "load_dt",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_customer_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_customers_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_customers" AS known
    WHERE known."hk_customer_no" = staged."hk_customer_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_customers');
