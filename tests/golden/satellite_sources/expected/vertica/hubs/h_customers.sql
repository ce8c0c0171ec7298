-- hub h_customers: rendered by dv-gen from metadata/customers.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_customers" (
  "hk_customer_no" VARBINARY(16) NOT NULL,
  "customer_no" VARCHAR(80),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_customer_no") DISABLED
)
ORDER BY "hk_customer_no"
SEGMENTED BY HASH("hk_customer_no") ALL NODES;

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
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
FROM (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_customer_no"
      ORDER BY "load_dt", "feed no", "load_src", "customer_no" NULLS LAST
    ) AS "place no"
  FROM (
    SELECT
      "hk_customer_no",
      "customer_no",
      "load_dt",
      "load_src",
      1 AS "feed no"
    FROM "stage"."crm"
    WHERE "hk_customer_no" IS NOT NULL
    UNION ALL
    SELECT DISTINCT
      "hk_customer_no",
      "customer" AS "customer_no",
      "load_dt",
      "load_src",
      2 AS "feed no"
    FROM "stage"."shop" AS staged
    WHERE "hk_customer_no" IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM "stage"."crm" AS better
        WHERE better."hk_customer_no" = staged."hk_customer_no"
          AND better."load_dt" = staged."load_dt"
      )
  ) AS staged
  WHERE NOT EXISTS (
    SELECT 1
    FROM "vault"."h_customers" AS known
    WHERE known."hk_customer_no" = staged."hk_customer_no"
  )
) AS "ranked"
WHERE "place no" = 1;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_customers');
