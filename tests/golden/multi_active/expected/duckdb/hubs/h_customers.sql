-- hub h_customers: rendered by dv-gen from metadata/phones.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_customers" (
  "hk_customer_no" UUID NOT NULL,
  "customer_no" VARCHAR(20),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

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
    FROM "stage"."phones"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."phones_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_customer_no",
  "customer_no",
  "load_dt",
  "load_src"
FROM "stage"."phones" AS staged
WHERE "hk_customer_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_customer_no" NOT IN (
    SELECT known."hk_customer_no"
    FROM "vault"."h_customers" AS known
    WHERE known."hk_customer_no" IN (SELECT "hk_customer_no" FROM "stage"."phones")
  );
