-- pit p_orders: rendered by dv-gen from metadata/model.yml:49.
-- Edit the metadata or the templates, not this file.

-- The as-of dates that the rows are made for, also those at which no key was known yet.
CREATE TABLE IF NOT EXISTS "vault"."p_orders_dates" (
  "as_of_dt" TIMESTAMP NOT NULL,
  PRIMARY KEY ("as_of_dt")
);

CREATE TABLE IF NOT EXISTS "vault"."p_orders" (
  "as_of_dt" TIMESTAMP NOT NULL,
  "hk_l_orders" UUID NOT NULL,
  "e_orders_key" UUID NOT NULL,
  "e_orders_load_dt" TIMESTAMP NOT NULL,
  PRIMARY KEY ("hk_l_orders", "as_of_dt")
);

SELECT "dv_meta"."lift_key"('"vault"."p_orders"');

DROP TABLE IF EXISTS pg_temp."p_orders_fresh";

-- Of the keys that this batch has brought, the rows that are missing or point to an older row
-- than they should. What the PIT holds was right before the batch, so that only rows with the
-- batch's load dates can be news, unless an earlier batch has left the PIT out.
CREATE TEMPORARY TABLE "p_orders_fresh" ON COMMIT DROP AS
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
"arrived" AS (
  SELECT "hk_l_orders", "load_dt"
  FROM "stage"."orders"
  WHERE "hk_l_orders" IS NOT NULL
  UNION ALL
  SELECT "hk_l_orders", "load_dt"
  FROM "vault"."e_orders"
  WHERE "load_dt" >= (SELECT "load_dt" FROM "batch_start")
),
"left_out" AS (
  SELECT unfinished."batch_id"
  FROM "dv_meta"."unfinished_file" AS unfinished
  JOIN "dv_meta"."step_result" AS done
    ON done."batch_id" = unfinished."batch_id"
  WHERE done."step" IN ('load:l_orders', 'load:e_orders')
    AND done."status" = 'done'
    AND unfinished."batch_id" NOT IN (
      SELECT "batch_id"
      FROM "dv_meta"."step_result"
      WHERE "step" = 'load:p_orders'
        AND "status" = 'done'
    )
  UNION ALL
  -- One that was given up between two periods has them in the names of its steps.
  SELECT unfinished."batch_id"
  FROM "dv_meta"."unfinished_file" AS unfinished
  JOIN "dv_meta"."batch" AS batch ON batch."batch_id" = unfinished."batch_id"
  WHERE batch."by_period" <> ''
),
"news" AS (
  SELECT MIN("load_dt") AS "since"
  FROM (
    SELECT "load_dt" FROM "arrived"
    UNION ALL
    SELECT TIMESTAMP '0001-01-01 00:00:00' FROM "left_out"
  ) AS told
),
"touched" AS (
  SELECT DISTINCT arrived."hk_l_orders"
  FROM "arrived" AS arrived
  CROSS JOIN "news" AS news
  WHERE news."since" <= (SELECT MAX("as_of_dt") FROM "vault"."p_orders_dates" WHERE EXISTS (SELECT 1 FROM "vault"."p_orders"))
),
"held" AS (
  SELECT
    "as_of_dt",
    "hk_l_orders",
    "e_orders_load_dt"
  FROM "vault"."p_orders"
  WHERE "hk_l_orders" IN (SELECT "hk_l_orders" FROM "touched")
    AND "as_of_dt" >= (SELECT "since" FROM "news")
),
"born" AS (
  SELECT moment."as_of_dt", parent."hk_l_orders"
  FROM "vault"."l_orders" AS parent
  JOIN "vault"."p_orders_dates" AS moment ON moment."as_of_dt" >= parent."load_dt"
  WHERE parent."hk_l_orders" IN (SELECT "hk_l_orders" FROM "touched")
    AND parent."load_dt" >= (SELECT "since" FROM "news")
),
"moments" AS (
  SELECT
    "as_of_dt",
    "hk_l_orders",
    1 AS "is_held",
    "e_orders_load_dt"
  FROM "held"
  UNION ALL
  SELECT
    born."as_of_dt",
    born."hk_l_orders",
    0 AS "is_held",
    TIMESTAMP '0001-01-01 00:00:00' AS "e_orders_load_dt"
  FROM "born" AS born
  LEFT JOIN "held" AS held
    ON held."hk_l_orders" = born."hk_l_orders"
    AND held."as_of_dt" = born."as_of_dt"
  WHERE held."hk_l_orders" IS NULL
),
"newest 1" AS (
  SELECT moment."as_of_dt", moment."hk_l_orders", MAX(satellite."load_dt") AS "load_dt"
  FROM "moments" AS moment
  JOIN "vault"."e_orders" AS satellite
    ON satellite."hk_l_orders" = moment."hk_l_orders"
    AND satellite."load_dt" <= moment."as_of_dt"
  WHERE satellite."load_dt" >= (SELECT "since" FROM "news")
    AND satellite."load_dt" > moment."e_orders_load_dt"
  GROUP BY moment."as_of_dt", moment."hk_l_orders"
),
"pointed" AS (
  SELECT
    moment."as_of_dt",
    moment."hk_l_orders",
    COALESCE(newest_1."load_dt", moment."e_orders_load_dt") AS "e_orders_load_dt"
  FROM "moments" AS moment
  LEFT JOIN "newest 1" AS newest_1
    ON newest_1."hk_l_orders" = moment."hk_l_orders"
    AND newest_1."as_of_dt" = moment."as_of_dt"
  WHERE moment."is_held" = 0
    OR newest_1."load_dt" IS NOT NULL
)
SELECT
  "as_of_dt",
  "hk_l_orders",
  CASE WHEN "e_orders_load_dt" = TIMESTAMP '0001-01-01 00:00:00' THEN '00000000000000000000000000000000'::UUID ELSE "hk_l_orders" END AS "e_orders_key",
  "e_orders_load_dt"
FROM "pointed";

DELETE FROM "vault"."p_orders"
WHERE "hk_l_orders" IN (SELECT "hk_l_orders" FROM "p_orders_fresh")
  AND ("as_of_dt", "hk_l_orders") IN (SELECT "as_of_dt", "hk_l_orders" FROM "p_orders_fresh");

INSERT INTO "vault"."p_orders" (
  "as_of_dt",
  "hk_l_orders",
  "e_orders_key",
  "e_orders_load_dt"
)
SELECT
  "as_of_dt",
  "hk_l_orders",
  "e_orders_key",
  "e_orders_load_dt"
FROM "p_orders_fresh";

SELECT "dv_meta"."put_key"('"vault"."p_orders"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."p_orders" ("as_of_dt", "hk_l_orders", "e_orders_key", "e_orders_load_dt");

-- The rows of as-of dates that the calendar has gained: every key that was known by then.
INSERT INTO "vault"."p_orders" (
  "as_of_dt",
  "hk_l_orders",
  "e_orders_key",
  "e_orders_load_dt"
)
WITH
"missing" AS (
  SELECT "as_of_dt"
  FROM "vault"."as_of"
  WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "vault"."p_orders_dates" WHERE EXISTS (SELECT 1 FROM "vault"."p_orders"))
),
"moments" AS (
  SELECT missing."as_of_dt", parent."hk_l_orders"
  FROM "vault"."l_orders" AS parent
  JOIN "missing" AS missing ON missing."as_of_dt" >= parent."load_dt"
  WHERE parent."load_dt" <= (SELECT MAX("as_of_dt") FROM "missing")
),
"newest 1" AS (
  SELECT missing."as_of_dt", satellite."hk_l_orders", MAX(satellite."load_dt") AS "load_dt"
  FROM "vault"."e_orders" AS satellite
  JOIN "missing" AS missing ON missing."as_of_dt" >= satellite."load_dt"
  WHERE satellite."load_dt" <= (SELECT MAX("as_of_dt") FROM "missing")
  GROUP BY missing."as_of_dt", satellite."hk_l_orders"
)
SELECT
  moment."as_of_dt",
  moment."hk_l_orders",
  CASE WHEN newest_1."load_dt" IS NULL THEN '00000000000000000000000000000000'::UUID ELSE moment."hk_l_orders" END AS "e_orders_key",
  COALESCE(newest_1."load_dt", TIMESTAMP '0001-01-01 00:00:00') AS "e_orders_load_dt"
FROM "moments" AS moment
LEFT JOIN "newest 1" AS newest_1
  ON newest_1."hk_l_orders" = moment."hk_l_orders"
  AND newest_1."as_of_dt" = moment."as_of_dt";

INSERT INTO "vault"."p_orders_dates" (
  "as_of_dt"
)
SELECT "as_of_dt"
FROM "vault"."as_of"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "vault"."p_orders_dates");
