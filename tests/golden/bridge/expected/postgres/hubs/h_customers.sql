-- hub h_customers: rendered by dv-gen from metadata/model.yml:22.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_customers" (
  "hk_customer_no" UUID NOT NULL,
  "customer_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_customer_no")
);

SELECT "dv_meta"."lift_key"('"vault"."h_customers"');

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_customers" (
  "hk_customer_no",
  "customer_no",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_customer_no" ORDER BY "load_dt", "load_src", "customer_no" NULLS LAST) AS "place no"
    FROM "stage"."orders"
    WHERE "hk_customer_no" IN (SELECT "hk_customer_no" FROM "stage"."orders" GROUP BY "hk_customer_no" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_customer_no",
  "customer_no",
  "load_dt",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_customer_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_customer_no" NOT IN (
    SELECT known."hk_customer_no"
    FROM "vault"."h_customers" AS known
    WHERE known."hk_customer_no" IN (SELECT "hk_customer_no" FROM "stage"."orders")
  );

SELECT "dv_meta"."put_key"('"vault"."h_customers"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_customers" ("hk_customer_no", "customer_no", "load_dt", "load_src");
