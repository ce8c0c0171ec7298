-- satellite s_orders_customers: rendered by dv-gen from metadata/orders.yml:32.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_orders_customers" (
  "hk_l_orders_customers" UUID NOT NULL,
  "start_dt" TIMESTAMP NOT NULL,
  "end_dt" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_orders_customers", "load_dt")
);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_l_orders_customers"
  FROM (
    SELECT
      "hk_l_orders_customers",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "hk_l_orders_customers" ORDER BY "load_dt") AS "next"
    FROM "vault"."s_orders_customers"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."orders"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:s_orders_customers'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

SELECT "dv_meta"."lift_key"('"vault"."s_orders_customers"');

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"ranked" AS (
  SELECT
    "row_no",
    "hk_l_orders_customers",
    FIRST_VALUE("hk_l_orders_customers") OVER (PARTITION BY "hk_order_no", "load_dt" ORDER BY "changed_at" DESC NULLS LAST, "row_no" DESC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "hk_order_no", "load_dt" ORDER BY "changed_at" DESC NULLS LAST, "row_no" DESC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "hk_order_no", "load_dt", "hk_l_orders_customers" ORDER BY "changed_at" DESC NULLS LAST, "row_no" DESC) AS "repeat"
  FROM "stage"."orders"
  WHERE "hk_order_no" IS NOT NULL
    AND "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
),
"stored" AS (
  SELECT related."hk_order_no", stored."hk_l_orders_customers", stored."start_dt", stored."end_dt", stored."load_dt"
  FROM "vault"."s_orders_customers" AS stored
  JOIN "vault"."l_orders_customers" AS related ON related."hk_l_orders_customers" = stored."hk_l_orders_customers"
  WHERE stored."load_dt" IN (SELECT "load_dt" FROM "stage"."orders")
),
-- What is stored of a driving key: at this moment the relationship that opened holds, or none.
"told" AS (
  SELECT "hk_order_no", "hk_l_orders_customers", "start_dt" AS "starts", "load_dt"
  FROM "stored"
  WHERE "end_dt" IS NULL
  UNION
  SELECT closed."hk_order_no", CAST(NULL AS UUID), closed."load_dt", closed."load_dt"
  FROM "stored" AS closed
  WHERE closed."end_dt" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "stored" AS opened
      WHERE opened."hk_order_no" = closed."hk_order_no"
        AND opened."load_dt" = closed."load_dt"
        AND opened."end_dt" IS NULL
    )
),
"unkept" AS (
  SELECT "row_no" FROM "ranked" WHERE "hk_l_orders_customers" IS DISTINCT FROM "winner" AND "repeat" = 1
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT staged."row_no"
  FROM "stage"."orders" AS staged
  JOIN "told" AS told
    ON told."load_dt" = staged."load_dt"
    AND told."hk_order_no" = staged."hk_order_no"
  WHERE told."hk_l_orders_customers" IS DISTINCT FROM staged."hk_l_orders_customers"
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "ranked" WHERE "place no" > 1)
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_orders_customers' AS "entity",
  'orders' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_l_orders_customers' AS "column_name",
  'duplicate key' AS "reason",
  CAST("order_no" AS TEXT) || '|' || COALESCE(REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("changed_at" AS TEXT), '\N') AS "record"
FROM "stage"."orders" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept");

-- A driving key has one relationship at a time: another one closes it and opens itself, none
-- closes it. Stored and staged moments stand on one line per driving key; what is stored already
-- is not stored again. Only the driving keys of this batch are read.
INSERT INTO "vault"."s_orders_customers" (
  "hk_l_orders_customers",
  "start_dt",
  "end_dt",
  "load_dt",
  "load_src"
)
WITH
"repeated" AS (
  SELECT "row_no"
  FROM "stage"."orders"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
),
-- Of the rows of one driving key and load date the last stands for all; the others go to the rejects.
"losers" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_order_no", "load_dt" ORDER BY "changed_at" DESC NULLS LAST, "row_no" DESC) AS "place no"
    FROM "stage"."orders"
    WHERE "row_no" IN (SELECT "row_no" FROM "repeated")
  ) AS placed
  WHERE "place no" > 1
),
"staged" AS (
  SELECT
    "hk_order_no",
    "hk_l_orders_customers",
    "load_dt",
    "load_src",
    "row_no"
  FROM "stage"."orders"
  WHERE "hk_order_no" IS NOT NULL
    AND "row_no" NOT IN (SELECT "row_no" FROM "losers")
),
"related" AS (
  SELECT known."hk_order_no", known."hk_l_orders_customers"
  FROM "vault"."l_orders_customers" AS known
  WHERE EXISTS (SELECT 1 FROM "staged" AS wanted WHERE wanted."hk_order_no" = known."hk_order_no")
),
"stored" AS (
  SELECT related."hk_order_no", stored."hk_l_orders_customers", stored."start_dt", stored."end_dt", stored."load_dt"
  FROM "vault"."s_orders_customers" AS stored
  JOIN "related" AS related ON related."hk_l_orders_customers" = stored."hk_l_orders_customers"
),
-- What is stored of a driving key: at this moment the relationship that opened holds, or none.
"told" AS (
  SELECT "hk_order_no", "hk_l_orders_customers", "start_dt" AS "starts", "load_dt"
  FROM "stored"
  WHERE "end_dt" IS NULL
  UNION
  SELECT closed."hk_order_no", CAST(NULL AS UUID), closed."load_dt", closed."load_dt"
  FROM "stored" AS closed
  WHERE closed."end_dt" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "stored" AS opened
      WHERE opened."hk_order_no" = closed."hk_order_no"
        AND opened."load_dt" = closed."load_dt"
        AND opened."end_dt" IS NULL
    )
),
-- Rows of driving keys that are stored already or may be staged more than once;
-- any other row simply opens its relationship.
"ordered" AS (
  SELECT "row_no" FROM "repeated"
  UNION
  SELECT staged."row_no"
  FROM "staged" AS staged
  WHERE EXISTS (SELECT 1 FROM "stored" AS stored WHERE stored."hk_order_no" = staged."hk_order_no")
),
"line" AS (
  SELECT "hk_order_no", "hk_l_orders_customers", "starts", "load_dt", CAST(NULL AS VARCHAR(255)) AS "load_src"
  FROM "told"
  UNION ALL
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  SELECT staged."hk_order_no", staged."hk_l_orders_customers", staged."load_dt", staged."load_dt", staged."load_src"
  FROM "staged" AS staged
  WHERE staged."row_no" IN (SELECT "row_no" FROM "ordered")
    AND NOT EXISTS (
      SELECT 1
      FROM "told" AS told
      WHERE told."hk_order_no" = staged."hk_order_no"
        AND told."load_dt" = staged."load_dt"
    )
),
"compared" AS (
  SELECT
    line.*,
    LAG("hk_l_orders_customers") OVER (PARTITION BY "hk_order_no" ORDER BY "load_dt") AS "held"
  FROM "line" AS line
),
"turns" AS (
  SELECT
    compared.*,
    LAG("starts") OVER (PARTITION BY "hk_order_no" ORDER BY "load_dt") AS "since",
    LAG("load_src") OVER (PARTITION BY "hk_order_no" ORDER BY "load_dt") AS "opened_by"
  FROM "compared" AS compared
  WHERE "hk_l_orders_customers" IS DISTINCT FROM "held"
),
"made" AS (
  SELECT "hk_l_orders_customers", "starts" AS "start_dt", CAST(NULL AS TIMESTAMP) AS "end_dt", "load_dt", "load_src"
  FROM "turns"
  WHERE "hk_l_orders_customers" IS NOT NULL
  UNION ALL
  -- A late relationship that ends at a stored moment was delivered by the row that opens it.
  SELECT "held", "since", "load_dt", "load_dt", COALESCE("load_src", "opened_by")
  FROM "turns"
  WHERE "held" IS NOT NULL
)
SELECT "hk_l_orders_customers", "load_dt" AS "start_dt", CAST(NULL AS TIMESTAMP) AS "end_dt", "load_dt", "load_src"
FROM "staged"
WHERE "hk_l_orders_customers" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "ordered")
UNION ALL
SELECT "hk_l_orders_customers", "start_dt", "end_dt", "load_dt", "load_src"
FROM "made" AS made
WHERE NOT EXISTS (
  SELECT 1
  FROM "stored" AS stored
  WHERE stored."hk_l_orders_customers" = made."hk_l_orders_customers"
    AND stored."load_dt" = made."load_dt"
);

SELECT "dv_meta"."put_key"('"vault"."s_orders_customers"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."s_orders_customers" ("hk_l_orders_customers", "start_dt", "end_dt", "load_dt", "load_src");

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_orders_customers_history" AS
SELECT
  "hk_l_orders_customers",
  "start_dt",
  "end_dt",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_l_orders_customers" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_l_orders_customers" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."s_orders_customers";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_orders_customers_current" AS
SELECT
  "hk_l_orders_customers",
  "start_dt",
  "end_dt",
  "load_dt",
  "load_src"
FROM "vault"."s_orders_customers_history"
WHERE "is_current";
