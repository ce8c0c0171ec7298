-- hub h_customers: rendered by dv-gen from metadata/model.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_customers" (
  "hk_country_customer_no" UUID NOT NULL,
  "country" VARCHAR(3) COLLATE "C",
  "customer_no" VARCHAR(20) COLLATE "C",
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_country_customer_no")
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
  CAST(NULL AS VARCHAR(3)) AS "country",
  CAST(NULL AS VARCHAR(20)) AS "customer_no",
  TIMESTAMP '0001-01-01 00:00:00' AS "load_dt",
  'ghost' AS "load_src"
FROM (
  SELECT '00000000000000000000000000000000'::UUID AS "key"
  UNION ALL
  SELECT 'ffffffffffffffffffffffffffffffff'::UUID AS "key"
) AS ghost
WHERE ghost."key" NOT IN (
  SELECT known."hk_country_customer_no"
  FROM "vault"."h_customers" AS known
  WHERE known."hk_country_customer_no" IN ('00000000000000000000000000000000'::UUID, 'ffffffffffffffffffffffffffffffff'::UUID)
);

SELECT "dv_meta"."lift_key"('"vault"."h_customers"');

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT INTO "vault"."h_customers" (
  "hk_country_customer_no",
  "country",
  "customer_no",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT DISTINCT
    "hk_country_customer_no",
    "h_customers_country" AS "country",
    "customer" AS "customer_no",
    "load_dt",
    "load_src",
    1 AS "feed no"
  FROM "stage"."shop_de"
  WHERE "hk_country_customer_no" IS NOT NULL
  UNION ALL
  SELECT DISTINCT
    "hk_country_customer_no_recipient" AS "hk_country_customer_no",
    "h_customers_recipient_country" AS "country",
    "gift_for" AS "customer_no",
    "load_dt",
    "load_src",
    2 AS "feed no"
  FROM "stage"."shop_de"
  WHERE "hk_country_customer_no_recipient" IS NOT NULL
  UNION ALL
  SELECT DISTINCT
    "hk_country_customer_no",
    "h_customers_country" AS "country",
    CAST("customer" AS TEXT) AS "customer_no",
    "load_dt",
    "load_src",
    3 AS "feed no"
  FROM "stage"."shop_fr"
  WHERE "hk_country_customer_no" IS NOT NULL
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_country_customer_no"
      ORDER BY "load_dt", "feed no", "load_src", "country" NULLS LAST, "customer_no" NULLS LAST
    ) AS "place no"
  FROM "staged" AS staged
  WHERE "hk_country_customer_no" NOT IN (
    SELECT known."hk_country_customer_no"
    FROM "vault"."h_customers" AS known
    WHERE known."hk_country_customer_no" IN (SELECT "hk_country_customer_no" FROM "staged")
  )
)
SELECT
  "hk_country_customer_no",
  "country",
  "customer_no",
  "load_dt",
  "load_src"
FROM "ranked"
WHERE "place no" = 1;

SELECT "dv_meta"."put_key"('"vault"."h_customers"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_customers" ("hk_country_customer_no", "country", "customer_no", "load_dt", "load_src");
