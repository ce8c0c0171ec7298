-- link l_follows: rendered by dv-gen from metadata/orders.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_follows" (
  "hk_l_follows" UUID NOT NULL,
  "hk_company_no_order_no" UUID NOT NULL,
  "hk_company_no_order_no_predecessor" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_follows")
);

SELECT "dv_meta"."lift_key"('"vault"."l_follows"');

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_follows" (
  "hk_l_follows",
  "hk_company_no_order_no",
  "hk_company_no_order_no_predecessor",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_follows" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."orders"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_follows",
  "hk_company_no_order_no",
  "hk_company_no_order_no_predecessor",
  "load_dt",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_l_follows" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_follows" NOT IN (
    SELECT known."hk_l_follows"
    FROM "vault"."l_follows" AS known
    WHERE known."hk_l_follows" IN (SELECT "hk_l_follows" FROM "stage"."orders")
  );

SELECT "dv_meta"."put_key"('"vault"."l_follows"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_follows" ("hk_l_follows", "hk_company_no_order_no", "hk_company_no_order_no_predecessor", "load_dt", "load_src");
