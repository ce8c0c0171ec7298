-- hub h_customers: rendered by dv-gen from metadata/model.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_customers" (
  "hk_country_customer_no" VARBINARY(16) NOT NULL,
  "country" VARCHAR(12),
  "customer_no" VARCHAR(80),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_country_customer_no") DISABLED
)
ORDER BY "hk_country_customer_no"
SEGMENTED BY HASH("hk_country_customer_no") ALL NODES;

-- The ghost rows, once: the zero key is what is unknown, the other one what is wrong.
INSERT /*+LABEL('dv_gen:h_customers')*/ INTO "vault"."h_customers" (
  "hk_country_customer_no",
  "country",
  "customer_no",
  "load_dt",
  "load_src"
)
SELECT
  ghost."key" AS "hk_country_customer_no",
  CAST(NULL AS VARCHAR(12)) AS "country",
  CAST(NULL AS VARCHAR(80)) AS "customer_no",
  TIMESTAMP '0001-01-01 00:00:00' AS "load_dt",
  'ghost' AS "load_src"
FROM (
  SELECT HEX_TO_BINARY('00000000000000000000000000000000') AS "key"
  UNION ALL
  SELECT HEX_TO_BINARY('ffffffffffffffffffffffffffffffff') AS "key"
) AS ghost
WHERE ghost."key" NOT IN (
  SELECT known."hk_country_customer_no"
  FROM "vault"."h_customers" AS known
  WHERE known."hk_country_customer_no" IN (HEX_TO_BINARY('00000000000000000000000000000000'), HEX_TO_BINARY('ffffffffffffffffffffffffffffffff'))
);

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT /*+LABEL('dv_gen:h_customers')*/ INTO "vault"."h_customers" (
  "hk_country_customer_no",
  "country",
  "customer_no",
  "load_dt",
  "load_src"
)
SELECT
  "hk_country_customer_no",
  "country",
  "customer_no",
  "load_dt",
  "load_src"
FROM (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_country_customer_no"
      ORDER BY "load_dt", "feed no", "load_src", "country" NULLS LAST, "customer_no" NULLS LAST
    ) AS "place no"
  FROM (
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
      CAST("customer" AS VARCHAR(11)) AS "customer_no",
      "load_dt",
      "load_src",
      3 AS "feed no"
    FROM "stage"."shop_fr"
    WHERE "hk_country_customer_no" IS NOT NULL
  ) AS staged
  WHERE NOT EXISTS (
    SELECT 1
    FROM "vault"."h_customers" AS known
    WHERE known."hk_country_customer_no" = staged."hk_country_customer_no"
  )
) AS "ranked"
WHERE "place no" = 1;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_customers');
