-- link l_sales: rendered by dv-gen from metadata/model.yml:27.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_sales" (
  "hk_l_sales" UUID NOT NULL,
  "hk_shop_no" UUID NOT NULL,
  "hk_customer_no" UUID NOT NULL,
  "receipt" VARCHAR(20) COLLATE "C",
  "sold_at" TIMESTAMP,
  "amount" DECIMAL(10, 2),
  "weight" DOUBLE PRECISION,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_sales")
);

SELECT "dv_meta"."lift_key"('"vault"."l_sales"');

-- Events: once per key, the first that arrives; what they say is never compared.
-- A row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_sales" (
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
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_sales" ORDER BY "load_dt", "row_no") AS "place no"
    FROM "stage"."sales"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."sales_repeats")
  ) AS placed
  WHERE "place no" > 1
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
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_sales" NOT IN (
    SELECT known."hk_l_sales"
    FROM "vault"."l_sales" AS known
    WHERE known."hk_l_sales" IN (SELECT "hk_l_sales" FROM "stage"."sales")
  );

SELECT "dv_meta"."put_key"('"vault"."l_sales"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_sales" ("hk_l_sales", "hk_shop_no", "hk_customer_no", "receipt", "sold_at", "amount", "weight", "load_dt", "load_src");
