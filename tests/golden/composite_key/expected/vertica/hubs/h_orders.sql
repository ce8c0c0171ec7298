-- hub h_orders: rendered by dv-gen from metadata/orders.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_orders" (
  "hk_company_no_order_no" VARBINARY(16) NOT NULL,
  "company_no" VARCHAR(16),
  "order_no" INTEGER,
  "placed" DATE,
  "rush" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_company_no_order_no") DISABLED
)
ORDER BY "hk_company_no_order_no"
SEGMENTED BY HASH("hk_company_no_order_no") ALL NODES;

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT /*+LABEL('dv_gen:h_orders')*/ INTO "vault"."h_orders" (
  "hk_company_no_order_no",
  "company_no",
  "order_no",
  "placed",
  "rush",
  "load_dt",
  "load_src"
)
SELECT
  "hk_company_no_order_no",
  "company_no",
  "order_no",
  "placed",
  "rush",
  "load_dt",
  "load_src"
FROM (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_company_no_order_no"
      ORDER BY "load_dt", "feed no", "load_src", "company_no" NULLS LAST, "order_no" NULLS LAST, "placed" NULLS LAST, "rush" NULLS LAST
    ) AS "place no"
  FROM (
    SELECT
      "hk_company_no_order_no",
      "company" AS "company_no",
      CAST("nr" AS INTEGER) AS "order_no",
      "placed",
      "rush",
      "load_dt",
      "load_src",
      1 AS "feed no"
    FROM "stage"."orders"
    WHERE "hk_company_no_order_no" IS NOT NULL
    UNION ALL
    SELECT DISTINCT
      "hk_company_no_order_no",
      "company" AS "company_no",
      "order_nr" AS "order_no",
      "order_date" AS "placed",
      CAST(NULL AS BOOLEAN) AS "rush",
      "load_dt",
      "load_src",
      2 AS "feed no"
    FROM "stage"."payments" AS staged
    WHERE "hk_company_no_order_no" IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM "stage"."orders" AS better
        WHERE better."hk_company_no_order_no" = staged."hk_company_no_order_no"
          AND better."load_dt" = staged."load_dt"
      )
    UNION ALL
    SELECT DISTINCT
      "hk_company_no_order_no_predecessor" AS "hk_company_no_order_no",
      "follows_company" AS "company_no",
      CAST("follows_nr" AS INTEGER) AS "order_no",
      CAST(NULL AS DATE) AS "placed",
      CAST(NULL AS BOOLEAN) AS "rush",
      "load_dt",
      "load_src",
      3 AS "feed no"
    FROM "stage"."orders" AS staged
    WHERE "hk_company_no_order_no_predecessor" IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM "stage"."orders" AS better
        WHERE better."hk_company_no_order_no" = staged."hk_company_no_order_no_predecessor"
          AND better."load_dt" = staged."load_dt"
      )
  ) AS staged
  WHERE NOT EXISTS (
    SELECT 1
    FROM "vault"."h_orders" AS known
    WHERE known."hk_company_no_order_no" = staged."hk_company_no_order_no"
  )
) AS "ranked"
WHERE "place no" = 1;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_orders');
