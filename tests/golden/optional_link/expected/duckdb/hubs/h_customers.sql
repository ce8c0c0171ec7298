-- hub h_customers: rendered by dv-gen from metadata/model.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_customers" (
  "hk_country_customer_no" UUID NOT NULL,
  "country" VARCHAR(2),
  "customer_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- The ghost rows, once: the zero key is what is unknown, the other one what is wrong.
INSERT INTO "vault"."h_customers" (
  "hk_country_customer_no",
  "country",
  "customer_no",
  "load_dt",
  "load_src"
)
SELECT
  ghost."key" AS "hk_country_customer_no",
  CAST(NULL AS VARCHAR(2)) AS "country",
  CAST(NULL AS INTEGER) AS "customer_no",
  TIMESTAMP '0001-01-01 00:00:00' AS "load_dt",
  'ghost' AS "load_src"
FROM (
  SELECT UNHEX('00000000000000000000000000000000')::UUID AS "key"
  UNION ALL
  SELECT UNHEX('ffffffffffffffffffffffffffffffff')::UUID AS "key"
) AS ghost
WHERE ghost."key" NOT IN (
  SELECT known."hk_country_customer_no"
  FROM "vault"."h_customers" AS known
  WHERE known."hk_country_customer_no" IN (UNHEX('00000000000000000000000000000000')::UUID, UNHEX('ffffffffffffffffffffffffffffffff')::UUID)
);

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_customers" (
  "hk_country_customer_no",
  "country",
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
      ROW_NUMBER() OVER (PARTITION BY "hk_country_customer_no" ORDER BY "load_dt", "load_src", "country" NULLS LAST, "customer_no" NULLS LAST) AS "place no"
    FROM "stage"."orders"
    WHERE "hk_country_customer_no" IN (SELECT "hk_country_customer_no" FROM "stage"."orders" GROUP BY "hk_country_customer_no" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_country_customer_no",
  "country",
  "customer_no",
  "load_dt",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_country_customer_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_country_customer_no" NOT IN (
    SELECT known."hk_country_customer_no"
    FROM "vault"."h_customers" AS known
    WHERE known."hk_country_customer_no" IN (SELECT "hk_country_customer_no" FROM "stage"."orders")
  );
