-- link l_sales: rendered by dv-gen from metadata/model.yml:27.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_sales" (
  "hk_l_sales" VARBINARY(16) NOT NULL,
  "hk_shop_no" VARBINARY(16) NOT NULL,
  "hk_customer_no" VARBINARY(16) NOT NULL,
  "receipt" VARCHAR(80),
  "sold_at" TIMESTAMP,
  "amount" DECIMAL(10, 2),
  "weight" DOUBLE PRECISION,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_sales") DISABLED
)
ORDER BY "hk_l_sales"
SEGMENTED BY HASH("hk_l_sales") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_sales_repeats";

CREATE LOCAL TEMPORARY TABLE "l_sales_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_sales" ORDER BY "load_dt", "row_no") AS "place no"
  FROM "stage"."sales"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."sales_repeats")
) AS placed
WHERE "place no" > 1;

-- Events: once per key, the first that arrives; what they say is never compared.
-- A row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_sales')*/ INTO "vault"."l_sales" (
  "hk_l_sales",
  "hk_shop_no",
  "hk_customer_no",
  "receipt",
  "sold_at",
  "amount",
  "weight",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_sales",
  "hk_shop_no",
  "hk_customer_no",
  "receipt",
  "sold_at",
  "amount",
  "weight",
  "load_dt",
  "load_src"
FROM "stage"."sales" AS staged
WHERE "hk_l_sales" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_sales_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_sales" AS known
    WHERE known."hk_l_sales" = staged."hk_l_sales"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_sales');
