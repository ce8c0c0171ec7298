-- bridge b_bosses: rendered by dv-gen from metadata/model.yml:36.
-- Edit the metadata or the templates, not this file.

-- The as-of dates that the rows are made for, also those at which no key was known yet.
CREATE TABLE IF NOT EXISTS "vault"."b_bosses_dates" (
  "as_of_dt" TIMESTAMP NOT NULL,
  PRIMARY KEY ("as_of_dt") DISABLED
)
ORDER BY "as_of_dt"
UNSEGMENTED ALL NODES;

CREATE TABLE IF NOT EXISTS "vault"."b_bosses" (
  "as_of_dt" TIMESTAMP NOT NULL,
  "hk_customer_no" VARBINARY(16) NOT NULL,
  "hk_l_orders" VARBINARY(16) NOT NULL,
  "hk_order_no" VARBINARY(16) NOT NULL,
  "hk_person_no" VARBINARY(16) NOT NULL,
  "hk_l_bosses" VARBINARY(16) NOT NULL,
  "l_bosses_hk_person_no" VARBINARY(16) NOT NULL,
  PRIMARY KEY ("hk_customer_no", "as_of_dt", "hk_l_orders", "hk_l_bosses") DISABLED
)
ORDER BY "hk_customer_no", "as_of_dt", "hk_l_orders", "hk_l_bosses"
SEGMENTED BY HASH("hk_customer_no") ALL NODES
PARTITION BY "as_of_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("as_of_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."b_bosses_at";

-- The walks that this batch may have changed: which start at which key, at which dates. From the
-- last link to the first: the keys at which walks enter the rows that are new, or lead to them.
CREATE LOCAL TEMPORARY TABLE "b_bosses_at" ON COMMIT PRESERVE ROWS AS
WITH
"changed l_bosses" AS (
  SELECT "hk_person_no_boss" AS "entered", "load_dt"
  FROM "stage"."persons"
  WHERE "hk_l_bosses" IS NOT NULL
    AND "load_dt" <= (SELECT MAX("as_of_dt") FROM "vault"."b_bosses_dates" WHERE EXISTS (SELECT 1 FROM "vault"."b_bosses"))
),
"changed l_orders" AS (
  SELECT "hk_customer_no" AS "entered", "load_dt"
  FROM "stage"."orders"
  WHERE "hk_l_orders" IS NOT NULL
    AND "load_dt" <= (SELECT MAX("as_of_dt") FROM "vault"."b_bosses_dates" WHERE EXISTS (SELECT 1 FROM "vault"."b_bosses"))
  UNION ALL
  SELECT link."hk_customer_no", changed."load_dt"
  FROM "vault"."l_orders" AS link
  JOIN "changed l_bosses" AS changed
    ON changed."entered" = link."hk_person_no"
),
"touched" AS (
  SELECT "entered" AS "hk_customer_no", MIN("load_dt") AS "load_dt"
  FROM (
    SELECT "entered", "load_dt" FROM "changed l_orders"
  ) AS changed
  GROUP BY "entered"
)
SELECT held."as_of_dt", start_hub."hk_customer_no"
FROM "touched" AS touched
JOIN "vault"."h_customers" AS start_hub
  ON start_hub."hk_customer_no" = touched."hk_customer_no"
JOIN "vault"."b_bosses_dates" AS held
  ON held."as_of_dt" >= touched."load_dt"
  AND held."as_of_dt" >= start_hub."load_dt";

DROP TABLE IF EXISTS v_temp_schema."b_bosses_fresh";

-- These walks as they should be.
CREATE LOCAL TEMPORARY TABLE "b_bosses_fresh" ON COMMIT PRESERVE ROWS AS
WITH
"walk 0" AS (
  SELECT "as_of_dt", "hk_customer_no"
  FROM "b_bosses_at"
),
"walk 1" AS (
  SELECT
    walk.*,
    link."hk_l_orders",
    link."hk_order_no",
    link."hk_person_no"
  FROM "walk 0" AS walk
  JOIN "vault"."l_orders" AS link
    ON link."hk_customer_no" = walk."hk_customer_no"
    AND link."load_dt" <= walk."as_of_dt"
),
"walk 2" AS (
  SELECT
    walk.*,
    link."hk_l_bosses",
    link."hk_person_no" AS "l_bosses_hk_person_no"
  FROM "walk 1" AS walk
  JOIN "vault"."l_bosses" AS link
    ON link."hk_person_no_boss" = walk."hk_person_no"
    AND link."load_dt" <= walk."as_of_dt"
)
SELECT
  "as_of_dt",
  "hk_customer_no",
  "hk_l_orders",
  "hk_order_no",
  "hk_person_no",
  "hk_l_bosses",
  "l_bosses_hk_person_no"
FROM "walk 2";

DELETE /*+LABEL('dv_gen:b_bosses')*/ FROM "vault"."b_bosses"
WHERE ("as_of_dt", "hk_customer_no") IN (SELECT "as_of_dt", "hk_customer_no" FROM "b_bosses_at")
  AND ("as_of_dt", "hk_customer_no", "hk_l_orders", "hk_l_bosses") NOT IN (SELECT "as_of_dt", "hk_customer_no", "hk_l_orders", "hk_l_bosses" FROM "b_bosses_fresh");

INSERT /*+LABEL('dv_gen:b_bosses')*/ INTO "vault"."b_bosses" (
  "as_of_dt",
  "hk_customer_no",
  "hk_l_orders",
  "hk_order_no",
  "hk_person_no",
  "hk_l_bosses",
  "l_bosses_hk_person_no"
)
SELECT
  fresh."as_of_dt",
  fresh."hk_customer_no",
  fresh."hk_l_orders",
  fresh."hk_order_no",
  fresh."hk_person_no",
  fresh."hk_l_bosses",
  fresh."l_bosses_hk_person_no"
FROM "b_bosses_fresh" AS fresh
LEFT JOIN (
  SELECT "as_of_dt", "hk_customer_no", "hk_l_orders", "hk_l_bosses"
  FROM "vault"."b_bosses"
  WHERE "hk_customer_no" IN (SELECT "hk_customer_no" FROM "b_bosses_at")
) AS held
  ON held."as_of_dt" = fresh."as_of_dt"
  AND held."hk_customer_no" = fresh."hk_customer_no"
  AND held."hk_l_orders" = fresh."hk_l_orders"
  AND held."hk_l_bosses" = fresh."hk_l_bosses"
WHERE held."as_of_dt" IS NULL;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.b_bosses');

DROP TABLE IF EXISTS v_temp_schema."b_bosses_missing";

CREATE LOCAL TEMPORARY TABLE "b_bosses_missing" ON COMMIT PRESERVE ROWS AS
SELECT "as_of_dt"
FROM "vault"."as_of"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "vault"."b_bosses_dates" WHERE EXISTS (SELECT 1 FROM "vault"."b_bosses"));

-- The walks at as-of dates that the calendar has gained.
INSERT /*+LABEL('dv_gen:b_bosses')*/ INTO "vault"."b_bosses" (
  "as_of_dt",
  "hk_customer_no",
  "hk_l_orders",
  "hk_order_no",
  "hk_person_no",
  "hk_l_bosses",
  "l_bosses_hk_person_no"
)
SELECT
  "as_of_dt",
  "hk_customer_no",
  "hk_l_orders",
  "hk_order_no",
  "hk_person_no",
  "hk_l_bosses",
  "l_bosses_hk_person_no"
FROM (
  SELECT
    walk.*,
    link."hk_l_bosses",
    link."hk_person_no" AS "l_bosses_hk_person_no"
  FROM (
    SELECT
      walk.*,
      link."hk_l_orders",
      link."hk_order_no",
      link."hk_person_no"
    FROM (
      SELECT missing."as_of_dt", start_hub."hk_customer_no"
      FROM "vault"."h_customers" AS start_hub
      JOIN "b_bosses_missing" AS missing ON missing."as_of_dt" >= start_hub."load_dt"
      WHERE start_hub."load_dt" <= (SELECT MAX("as_of_dt") FROM "b_bosses_missing" AS "missing")
    ) AS walk
    JOIN "vault"."l_orders" AS link
      ON link."hk_customer_no" = walk."hk_customer_no"
      AND link."load_dt" <= walk."as_of_dt"
  ) AS walk
  JOIN "vault"."l_bosses" AS link
    ON link."hk_person_no_boss" = walk."hk_person_no"
    AND link."load_dt" <= walk."as_of_dt"
) AS "walk 2";

INSERT /*+LABEL('dv_gen:b_bosses_dates')*/ INTO "vault"."b_bosses_dates" (
  "as_of_dt"
)
SELECT "as_of_dt"
FROM "vault"."as_of"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "vault"."b_bosses_dates");
