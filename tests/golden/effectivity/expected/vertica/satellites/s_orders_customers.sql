-- satellite s_orders_customers: rendered by dv-gen from metadata/orders.yml:32.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_orders_customers" (
  "hk_l_orders_customers" VARBINARY(16) NOT NULL,
  "start_dt" TIMESTAMP NOT NULL,
  "end_dt" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_orders_customers", "load_dt") DISABLED
)
ORDER BY "hk_l_orders_customers", "load_dt"
SEGMENTED BY HASH("hk_l_orders_customers") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

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

DROP TABLE IF EXISTS v_temp_schema."s_orders_customers_ranked";

CREATE LOCAL TEMPORARY TABLE "s_orders_customers_ranked" ON COMMIT PRESERVE ROWS AS
SELECT
  "row_no",
  "hk_l_orders_customers",
  FIRST_VALUE("hk_l_orders_customers") OVER (PARTITION BY "hk_order_no", "load_dt" ORDER BY "changed_at" DESC NULLS LAST, "row_no" DESC) AS "winner",
  ROW_NUMBER() OVER (PARTITION BY "hk_order_no", "load_dt" ORDER BY "changed_at" DESC NULLS LAST, "row_no" DESC) AS "place no",
  ROW_NUMBER() OVER (PARTITION BY "hk_order_no", "load_dt", "hk_l_orders_customers" ORDER BY "changed_at" DESC NULLS LAST, "row_no" DESC) AS "repeat"
FROM "stage"."orders"
WHERE "hk_order_no" IS NOT NULL
  AND "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats");

DROP TABLE IF EXISTS v_temp_schema."s_orders_customers_stored";

CREATE LOCAL TEMPORARY TABLE "s_orders_customers_stored" ON COMMIT PRESERVE ROWS AS
SELECT related."hk_order_no", stored."hk_l_orders_customers", stored."start_dt", stored."end_dt", stored."load_dt"
FROM "vault"."s_orders_customers" AS stored
JOIN "vault"."l_orders_customers" AS related ON related."hk_l_orders_customers" = stored."hk_l_orders_customers"
WHERE stored."load_dt" IN (SELECT "load_dt" FROM "stage"."orders");

DROP TABLE IF EXISTS v_temp_schema."s_orders_customers_unkept";

CREATE LOCAL TEMPORARY TABLE "s_orders_customers_unkept" ON COMMIT PRESERVE ROWS AS
WITH
-- What is stored of a driving key: at this moment the relationship that opened holds, or none.
"told" AS (
  SELECT "hk_order_no", "hk_l_orders_customers", "start_dt" AS "starts", "load_dt"
  FROM "s_orders_customers_stored"
  WHERE "end_dt" IS NULL
  UNION
  SELECT closed."hk_order_no", CAST(NULL AS VARBINARY(16)), closed."load_dt", closed."load_dt"
  FROM "s_orders_customers_stored" AS closed
  WHERE closed."end_dt" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "s_orders_customers_stored" AS opened
      WHERE opened."hk_order_no" = closed."hk_order_no"
        AND opened."load_dt" = closed."load_dt"
        AND opened."end_dt" IS NULL
    )
)
SELECT "row_no" FROM "s_orders_customers_ranked" WHERE NOT ("hk_l_orders_customers" <=> "winner") AND "repeat" = 1
UNION
-- A moment that is stored already stands, whatever wins among the staged rows.
SELECT staged."row_no"
FROM "stage"."orders" AS staged
JOIN "told" AS told
  ON told."load_dt" = staged."load_dt"
  AND told."hk_order_no" = staged."hk_order_no"
WHERE NOT (told."hk_l_orders_customers" <=> staged."hk_l_orders_customers")
  AND staged."row_no" NOT IN (SELECT "row_no" FROM "s_orders_customers_ranked" WHERE "place no" > 1);

DROP TABLE IF EXISTS v_temp_schema."s_orders_customers_repeated";

CREATE LOCAL TEMPORARY TABLE "s_orders_customers_repeated" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM "stage"."orders"
WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats");

DROP TABLE IF EXISTS v_temp_schema."s_orders_customers_losers";

-- Of the rows of one driving key and load date the last stands for all; the others go to the rejects.
CREATE LOCAL TEMPORARY TABLE "s_orders_customers_losers" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_order_no", "load_dt" ORDER BY "changed_at" DESC NULLS LAST, "row_no" DESC) AS "place no"
  FROM "stage"."orders"
  WHERE "row_no" IN (SELECT "row_no" FROM "s_orders_customers_repeated")
) AS placed
WHERE "place no" > 1;

DROP TABLE IF EXISTS v_temp_schema."s_orders_customers_staged";

CREATE LOCAL TEMPORARY TABLE "s_orders_customers_staged" ON COMMIT PRESERVE ROWS AS
SELECT
  "hk_order_no",
  "hk_l_orders_customers",
  "load_dt",
  "load_src",
  "row_no"
FROM "stage"."orders"
WHERE "hk_order_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "s_orders_customers_losers");

DROP TABLE IF EXISTS v_temp_schema."s_orders_customers_load_stored";

CREATE LOCAL TEMPORARY TABLE "s_orders_customers_load_stored" ON COMMIT PRESERVE ROWS AS
WITH
"related" AS (
  SELECT known."hk_order_no", known."hk_l_orders_customers"
  FROM "vault"."l_orders_customers" AS known
  WHERE EXISTS (SELECT 1 FROM "s_orders_customers_staged" AS wanted WHERE wanted."hk_order_no" = known."hk_order_no")
)
SELECT related."hk_order_no", stored."hk_l_orders_customers", stored."start_dt", stored."end_dt", stored."load_dt"
FROM "vault"."s_orders_customers" AS stored
JOIN "related" AS related ON related."hk_l_orders_customers" = stored."hk_l_orders_customers";

DROP TABLE IF EXISTS v_temp_schema."s_orders_customers_told";

-- What is stored of a driving key: at this moment the relationship that opened holds, or none.
CREATE LOCAL TEMPORARY TABLE "s_orders_customers_told" ON COMMIT PRESERVE ROWS AS
SELECT "hk_order_no", "hk_l_orders_customers", "start_dt" AS "starts", "load_dt"
FROM "s_orders_customers_load_stored"
WHERE "end_dt" IS NULL
UNION
SELECT closed."hk_order_no", CAST(NULL AS VARBINARY(16)), closed."load_dt", closed."load_dt"
FROM "s_orders_customers_load_stored" AS closed
WHERE closed."end_dt" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "s_orders_customers_load_stored" AS opened
    WHERE opened."hk_order_no" = closed."hk_order_no"
      AND opened."load_dt" = closed."load_dt"
      AND opened."end_dt" IS NULL
  );

DROP TABLE IF EXISTS v_temp_schema."s_orders_customers_ordered";

-- Rows of driving keys that are stored already or may be staged more than once;
-- any other row simply opens its relationship.
CREATE LOCAL TEMPORARY TABLE "s_orders_customers_ordered" ON COMMIT PRESERVE ROWS AS
SELECT "row_no" FROM "s_orders_customers_repeated"
UNION
SELECT staged."row_no"
FROM "s_orders_customers_staged" AS staged
WHERE EXISTS (SELECT 1 FROM "s_orders_customers_load_stored" AS stored WHERE stored."hk_order_no" = staged."hk_order_no");

DROP TABLE IF EXISTS v_temp_schema."s_orders_customers_turns";

CREATE LOCAL TEMPORARY TABLE "s_orders_customers_turns" ON COMMIT PRESERVE ROWS AS
WITH
"line" AS (
  SELECT "hk_order_no", "hk_l_orders_customers", "starts", "load_dt", CAST(NULL AS VARCHAR(1020)) AS "load_src"
  FROM "s_orders_customers_told" AS "told"
  UNION ALL
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  SELECT staged."hk_order_no", staged."hk_l_orders_customers", staged."load_dt", staged."load_dt", staged."load_src"
  FROM "s_orders_customers_staged" AS staged
  WHERE staged."row_no" IN (SELECT "row_no" FROM "s_orders_customers_ordered")
    AND NOT EXISTS (
      SELECT 1
      FROM "s_orders_customers_told" AS told
      WHERE told."hk_order_no" = staged."hk_order_no"
        AND told."load_dt" = staged."load_dt"
    )
),
"compared" AS (
  SELECT
    line.*,
    LAG("hk_l_orders_customers") OVER (PARTITION BY "hk_order_no" ORDER BY "load_dt") AS "held"
  FROM "line" AS line
)
SELECT
  compared.*,
  LAG("starts") OVER (PARTITION BY "hk_order_no" ORDER BY "load_dt") AS "since",
  LAG("load_src") OVER (PARTITION BY "hk_order_no" ORDER BY "load_dt") AS "opened_by"
FROM "compared" AS compared
WHERE NOT ("hk_l_orders_customers" <=> "held");

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:s_orders_customers')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
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
  CAST("order_no" AS VARCHAR(11)) || '|' || COALESCE(REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("changed_at", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') AS "record"
FROM "stage"."orders" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "s_orders_customers_unkept");

-- A driving key has one relationship at a time: another one closes it and opens itself, none
-- closes it. Stored and staged moments stand on one line per driving key; what is stored already
-- is not stored again. Only the driving keys of this batch are read.
INSERT /*+LABEL('dv_gen:s_orders_customers')*/ INTO "vault"."s_orders_customers" (
  "hk_l_orders_customers",
  "start_dt",
  "end_dt",
  "load_dt",
  "load_src"
)
SELECT "hk_l_orders_customers", "load_dt" AS "start_dt", CAST(NULL AS TIMESTAMP) AS "end_dt", "load_dt", "load_src"
FROM "s_orders_customers_staged"
WHERE "hk_l_orders_customers" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "s_orders_customers_ordered")
UNION ALL
SELECT "hk_l_orders_customers", "start_dt", "end_dt", "load_dt", "load_src"
FROM (
  SELECT "hk_l_orders_customers", "starts" AS "start_dt", CAST(NULL AS TIMESTAMP) AS "end_dt", "load_dt", "load_src"
  FROM "s_orders_customers_turns"
  WHERE "hk_l_orders_customers" IS NOT NULL
  UNION ALL
  -- A late relationship that ends at a stored moment was delivered by the row that opens it.
  SELECT "held", "since", "load_dt", "load_dt", COALESCE("load_src", "opened_by")
  FROM "s_orders_customers_turns"
  WHERE "held" IS NOT NULL
) AS made
WHERE NOT EXISTS (
  SELECT 1
  FROM "s_orders_customers_load_stored" AS stored
  WHERE stored."hk_l_orders_customers" = made."hk_l_orders_customers"
    AND stored."load_dt" = made."load_dt"
);

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.s_orders_customers');

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
