-- hub h_customer: rendered by dv-gen from metadata/customers.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_customer" (
  "hk_customer_id" VARBINARY(16) NOT NULL,
  "customer_id" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_customer_id") DISABLED
)
ORDER BY "hk_customer_id"
SEGMENTED BY HASH("hk_customer_id") ALL NODES;

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT /*+LABEL('dv_gen:h_customer')*/ INTO "vault"."h_customer" (
  "hk_customer_id",
  "customer_id",
  "load_dt",
  "load_src"
)
SELECT
  "hk_customer_id",
  "customer_id",
  "load_dt",
  "load_src"
FROM (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_customer_id"
      ORDER BY "load_dt", "feed no", "load_src", "customer_id" NULLS LAST
    ) AS "place no"
  FROM (
    SELECT
      "hk_customer_id",
      "id" AS "customer_id",
      "load_dt",
      "load_src",
      1 AS "feed no"
    FROM "stage"."customers"
    WHERE "hk_customer_id" IS NOT NULL
    UNION ALL
    SELECT DISTINCT
      "hk_customer_id_friend" AS "hk_customer_id",
      "friend" AS "customer_id",
      "load_dt",
      "load_src",
      2 AS "feed no"
    FROM "stage"."customers" AS staged
    WHERE "hk_customer_id_friend" IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM "stage"."customers" AS better
        WHERE better."hk_customer_id" = staged."hk_customer_id_friend"
          AND better."load_dt" = staged."load_dt"
      )
    UNION ALL
    SELECT DISTINCT
      "hk_customer_id",
      "client" AS "customer_id",
      "load_dt",
      "load_src",
      3 AS "feed no"
    FROM "stage"."crm" AS staged
    WHERE "hk_customer_id" IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM "stage"."customers" AS better
        WHERE better."hk_customer_id" = staged."hk_customer_id"
          AND better."load_dt" = staged."load_dt"
      )
  ) AS staged
  WHERE NOT EXISTS (
    SELECT 1
    FROM "vault"."h_customer" AS known
    WHERE known."hk_customer_id" = staged."hk_customer_id"
  )
) AS "ranked"
WHERE "place no" = 1;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_customer');
