-- link l_orders_countries: rendered by dv-gen from metadata/model.yml:10.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_orders_countries" (
  "hk_l_orders_countries" UUID NOT NULL,
  "hk_order_no" UUID NOT NULL,
  "hk_country_code" UUID NOT NULL,
  "ldts" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_orders_countries" (
  "hk_l_orders_countries",
  "hk_order_no",
  "hk_country_code",
  "ldts",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_orders_countries" ORDER BY "ldts", "load_src") AS "place no"
    FROM "stage"."orders"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_orders_countries",
  "hk_order_no",
  "hk_country_code",
  "ldts",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_l_orders_countries" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_orders_countries" NOT IN (
    SELECT known."hk_l_orders_countries"
    FROM "vault"."l_orders_countries" AS known
    WHERE known."hk_l_orders_countries" IN (SELECT "hk_l_orders_countries" FROM "stage"."orders")
  );
