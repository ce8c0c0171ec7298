-- link l_gifts: rendered by dv-gen from metadata/model.yml:21.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_gifts" (
  "hk_l_gifts" UUID NOT NULL,
  "hk_shop_order_no" UUID NOT NULL,
  "hk_country_customer_no" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New relationships of this batch; a row that lacks one of the other hubs' keys makes none.
INSERT INTO "vault"."l_gifts" (
  "hk_l_gifts",
  "hk_shop_order_no",
  "hk_country_customer_no",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_gifts" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."shop_de"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."shop_de_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_gifts",
  "hk_shop_order_no",
  COALESCE("hk_country_customer_no_recipient", UNHEX('00000000000000000000000000000000')::UUID) AS "hk_country_customer_no",
  "load_dt",
  "load_src"
FROM "stage"."shop_de" AS staged
WHERE "hk_l_gifts" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_gifts" NOT IN (
    SELECT known."hk_l_gifts"
    FROM "vault"."l_gifts" AS known
    WHERE known."hk_l_gifts" IN (SELECT "hk_l_gifts" FROM "stage"."shop_de")
  );
