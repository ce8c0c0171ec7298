-- hub h_orders: rendered by dv-gen from metadata/model.yml:7.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_orders" (
  "hk_order_no" UUID NOT NULL,
  "order_no" BIGINT,
  "ldts" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_order_no")
);

SELECT "dv_meta"."lift_key"('"vault"."h_orders"');

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_orders" (
  "hk_order_no",
  "order_no",
  "ldts",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_order_no" ORDER BY "ldts", "load_src", "order_no" NULLS LAST) AS "place no"
    FROM "stage"."orders"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_order_no",
  "order_no",
  "ldts",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_order_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_order_no" NOT IN (
    SELECT known."hk_order_no"
    FROM "vault"."h_orders" AS known
    WHERE known."hk_order_no" IN (SELECT "hk_order_no" FROM "stage"."orders")
  );

SELECT "dv_meta"."put_key"('"vault"."h_orders"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_orders" ("hk_order_no", "order_no", "ldts", "load_src");
