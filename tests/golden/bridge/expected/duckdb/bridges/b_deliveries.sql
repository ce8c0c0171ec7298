-- bridge b_deliveries: rendered by dv-gen from metadata/model.yml:40.
-- Edit the metadata or the templates, not this file.

-- The as-of dates that the rows are made for, also those at which no key was known yet.
CREATE TABLE IF NOT EXISTS "vault"."b_deliveries_dates" (
  "as_of_dt" TIMESTAMP NOT NULL
);

CREATE TABLE IF NOT EXISTS "vault"."b_deliveries" (
  "as_of_dt" TIMESTAMP NOT NULL,
  "hk_product" UUID NOT NULL,
  "hk_l_lines" UUID NOT NULL,
  "hk_order_no" UUID NOT NULL,
  "hk_l_orders" UUID NOT NULL,
  "hk_customer_no" UUID NOT NULL,
  "hk_person_no" UUID NOT NULL
);

DROP TABLE IF EXISTS temp."b_deliveries_at";

-- The walks that this batch may have changed: which start at which key, at which dates. From the
-- last link to the first: the keys at which walks enter the rows that are new, or lead to them.
CREATE TEMPORARY TABLE "b_deliveries_at" AS
WITH
"batch_start" AS (
  SELECT MIN("load_dt") AS "load_dt"
  FROM (
    SELECT "load_dt"
    FROM "dv_meta"."batch"
    WHERE "batch_id" IN (SELECT "batch_id" FROM "dv_meta"."open_batch")
    UNION ALL
    SELECT "load_dt"
    FROM "dv_meta"."batch_file"
    WHERE "batch_id" IN (SELECT "batch_id" FROM "dv_meta"."open_batch")
    UNION ALL
    SELECT "load_dt" FROM "stage"."orders"
  ) AS delivered
),
"changed l_orders" AS (
  SELECT "hk_order_no" AS "entered", "load_dt"
  FROM "stage"."orders"
  WHERE "hk_l_orders" IS NOT NULL
    AND "load_dt" <= (SELECT MAX("as_of_dt") FROM "vault"."b_deliveries_dates" WHERE EXISTS (SELECT 1 FROM "vault"."b_deliveries"))
  UNION ALL
  SELECT link."hk_order_no", state."load_dt"
  FROM "vault"."e_orders" AS state
  JOIN "vault"."l_orders" AS link
    ON link."hk_l_orders" = state."hk_l_orders"
  WHERE state."load_dt" >= (SELECT "load_dt" FROM "batch_start")
    AND state."load_dt" <= (SELECT MAX("as_of_dt") FROM "vault"."b_deliveries_dates" WHERE EXISTS (SELECT 1 FROM "vault"."b_deliveries"))
),
"changed l_lines" AS (
  SELECT "hk_product" AS "entered", "load_dt"
  FROM "stage"."lines"
  WHERE "hk_l_lines" IS NOT NULL
    AND "load_dt" <= (SELECT MAX("as_of_dt") FROM "vault"."b_deliveries_dates" WHERE EXISTS (SELECT 1 FROM "vault"."b_deliveries"))
  UNION ALL
  SELECT "hk_product" AS "entered", "load_dt"
  FROM "stage"."returns"
  WHERE "hk_l_lines" IS NOT NULL
    AND "load_dt" <= (SELECT MAX("as_of_dt") FROM "vault"."b_deliveries_dates" WHERE EXISTS (SELECT 1 FROM "vault"."b_deliveries"))
  UNION ALL
  SELECT link."hk_product", changed."load_dt"
  FROM "vault"."l_lines" AS link
  JOIN "changed l_orders" AS changed
    ON changed."entered" = link."hk_order_no"
),
"touched" AS (
  SELECT "entered" AS "hk_product", MIN("load_dt") AS "load_dt"
  FROM (
    SELECT "entered", "load_dt" FROM "changed l_lines"
  ) AS changed
  GROUP BY "entered"
)
SELECT held."as_of_dt", start_hub."hk_product"
FROM "touched" AS touched
JOIN "vault"."h_products" AS start_hub
  ON start_hub."hk_product" = touched."hk_product"
JOIN "vault"."b_deliveries_dates" AS held
  ON held."as_of_dt" >= touched."load_dt"
  AND held."as_of_dt" >= start_hub."load_dt";

DROP TABLE IF EXISTS temp."b_deliveries_fresh";

-- These walks as they should be.
CREATE TEMPORARY TABLE "b_deliveries_fresh" AS
WITH
"walk 0" AS (
  SELECT "as_of_dt", "hk_product"
  FROM "b_deliveries_at"
),
"walk 1" AS (
  SELECT
    walk.*,
    link."hk_l_lines",
    link."hk_order_no"
  FROM "walk 0" AS walk
  JOIN "vault"."l_lines" AS link
    ON link."hk_product" = walk."hk_product"
    AND link."load_dt" <= walk."as_of_dt"
),
-- The state of each relationship as it was known at the date.
"state 2" AS (
  SELECT
    walk."as_of_dt",
    walk."hk_order_no",
    state."hk_l_orders",
    state."start_dt",
    state."end_dt",
    ROW_NUMBER() OVER (PARTITION BY walk."as_of_dt", state."hk_l_orders" ORDER BY state."load_dt" DESC) AS "place no"
  FROM (
    SELECT DISTINCT "as_of_dt", "hk_order_no" FROM "walk 1"
  ) AS walk
  JOIN "vault"."l_orders" AS link
    ON link."hk_order_no" = walk."hk_order_no"
  JOIN "vault"."e_orders" AS state
    ON state."hk_l_orders" = link."hk_l_orders"
    AND state."load_dt" <= walk."as_of_dt"
),
"walk 2" AS (
  SELECT
    walk.*,
    link."hk_l_orders",
    link."hk_customer_no",
    link."hk_person_no"
  FROM "walk 1" AS walk
  JOIN "vault"."l_orders" AS link
    ON link."hk_order_no" = walk."hk_order_no"
  JOIN "state 2" AS state
    ON state."hk_l_orders" = link."hk_l_orders"
    AND state."hk_order_no" = walk."hk_order_no"
    AND state."as_of_dt" = walk."as_of_dt"
  WHERE state."place no" = 1
    AND state."start_dt" <= walk."as_of_dt"
    AND (state."end_dt" IS NULL OR state."end_dt" > walk."as_of_dt")
)
SELECT
  "as_of_dt",
  "hk_product",
  "hk_l_lines",
  "hk_order_no",
  "hk_l_orders",
  "hk_customer_no",
  "hk_person_no"
FROM "walk 2";

DELETE FROM "vault"."b_deliveries"
WHERE ("as_of_dt", "hk_product") IN (SELECT "as_of_dt", "hk_product" FROM "b_deliveries_at")
  AND ("as_of_dt", "hk_product", "hk_l_lines", "hk_l_orders") NOT IN (SELECT "as_of_dt", "hk_product", "hk_l_lines", "hk_l_orders" FROM "b_deliveries_fresh");

INSERT INTO "vault"."b_deliveries" (
  "as_of_dt",
  "hk_product",
  "hk_l_lines",
  "hk_order_no",
  "hk_l_orders",
  "hk_customer_no",
  "hk_person_no"
)
SELECT
  fresh."as_of_dt",
  fresh."hk_product",
  fresh."hk_l_lines",
  fresh."hk_order_no",
  fresh."hk_l_orders",
  fresh."hk_customer_no",
  fresh."hk_person_no"
FROM "b_deliveries_fresh" AS fresh
LEFT JOIN (
  SELECT "as_of_dt", "hk_product", "hk_l_lines", "hk_l_orders"
  FROM "vault"."b_deliveries"
  WHERE "hk_product" IN (SELECT "hk_product" FROM "b_deliveries_at")
) AS held
  ON held."as_of_dt" = fresh."as_of_dt"
  AND held."hk_product" = fresh."hk_product"
  AND held."hk_l_lines" = fresh."hk_l_lines"
  AND held."hk_l_orders" = fresh."hk_l_orders"
WHERE held."as_of_dt" IS NULL;

-- The walks at as-of dates that the calendar has gained.
INSERT INTO "vault"."b_deliveries" (
  "as_of_dt",
  "hk_product",
  "hk_l_lines",
  "hk_order_no",
  "hk_l_orders",
  "hk_customer_no",
  "hk_person_no"
)
WITH
"missing" AS (
  SELECT "as_of_dt"
  FROM "vault"."as_of"
  WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "vault"."b_deliveries_dates" WHERE EXISTS (SELECT 1 FROM "vault"."b_deliveries"))
),
"walk 0" AS (
  SELECT missing."as_of_dt", start_hub."hk_product"
  FROM "vault"."h_products" AS start_hub
  JOIN "missing" AS missing ON missing."as_of_dt" >= start_hub."load_dt"
  WHERE start_hub."load_dt" <= (SELECT MAX("as_of_dt") FROM "missing")
),
"walk 1" AS (
  SELECT
    walk.*,
    link."hk_l_lines",
    link."hk_order_no"
  FROM "walk 0" AS walk
  JOIN "vault"."l_lines" AS link
    ON link."hk_product" = walk."hk_product"
    AND link."load_dt" <= walk."as_of_dt"
),
-- The state of each relationship as it was known at the date.
"state 2" AS (
  SELECT
    walk."as_of_dt",
    walk."hk_order_no",
    state."hk_l_orders",
    state."start_dt",
    state."end_dt",
    ROW_NUMBER() OVER (PARTITION BY walk."as_of_dt", state."hk_l_orders" ORDER BY state."load_dt" DESC) AS "place no"
  FROM (
    SELECT DISTINCT "as_of_dt", "hk_order_no" FROM "walk 1"
  ) AS walk
  JOIN "vault"."l_orders" AS link
    ON link."hk_order_no" = walk."hk_order_no"
  JOIN "vault"."e_orders" AS state
    ON state."hk_l_orders" = link."hk_l_orders"
    AND state."load_dt" <= walk."as_of_dt"
),
"walk 2" AS (
  SELECT
    walk.*,
    link."hk_l_orders",
    link."hk_customer_no",
    link."hk_person_no"
  FROM "walk 1" AS walk
  JOIN "vault"."l_orders" AS link
    ON link."hk_order_no" = walk."hk_order_no"
  JOIN "state 2" AS state
    ON state."hk_l_orders" = link."hk_l_orders"
    AND state."hk_order_no" = walk."hk_order_no"
    AND state."as_of_dt" = walk."as_of_dt"
  WHERE state."place no" = 1
    AND state."start_dt" <= walk."as_of_dt"
    AND (state."end_dt" IS NULL OR state."end_dt" > walk."as_of_dt")
)
SELECT
  "as_of_dt",
  "hk_product",
  "hk_l_lines",
  "hk_order_no",
  "hk_l_orders",
  "hk_customer_no",
  "hk_person_no"
FROM "walk 2";

INSERT INTO "vault"."b_deliveries_dates" (
  "as_of_dt"
)
SELECT "as_of_dt"
FROM "vault"."as_of"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "vault"."b_deliveries_dates");
