-- hub h_customers: rendered by dv-gen from metadata/model.yml:24.
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

DROP TABLE IF EXISTS v_temp_schema."h_customers_staged";

CREATE LOCAL TEMPORARY TABLE "h_customers_staged" ON COMMIT PRESERVE ROWS AS
SELECT DISTINCT
  "hk_customer_no",
  "customer" AS "customer_no",
  "load_dt",
  "load_src",
  1 AS "feed no"
FROM "stage"."sales"
WHERE "hk_customer_no" IS NOT NULL
UNION ALL
SELECT DISTINCT
  "hk_customer_no",
  "customer" AS "customer_no",
  "load_dt",
  "load_src",
  2 AS "feed no"
FROM "stage"."calls"
WHERE "hk_customer_no" IS NOT NULL
UNION ALL
SELECT DISTINCT
  "hk_customer_no",
  "customer" AS "customer_no",
  "load_dt",
  "load_src",
  3 AS "feed no"
FROM "stage"."old_calls"
WHERE "hk_customer_no" IS NOT NULL;

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT /*+LABEL('dv_gen:h_customers')*/ INTO "vault"."h_customers" (
  "hk_customer_no",
  "customer_no",
  "load_dt",
  "load_src"
)
WITH
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_customer_no"
      ORDER BY "load_dt", "feed no", "load_src", "customer_no" NULLS LAST
    ) AS "place no"
  FROM "h_customers_staged" AS staged
  WHERE "hk_customer_no" NOT IN (
    SELECT known."hk_customer_no"
    FROM "vault"."h_customers" AS known
    WHERE known."hk_customer_no" IN (SELECT "hk_customer_no" FROM "h_customers_staged" AS "staged")
  )
)
SELECT
  "hk_customer_no",
  "customer_no",
  "load_dt",
  "load_src"
FROM "ranked"
WHERE "place no" = 1;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_customers');
