-- satellite s_turnover: rendered by dv-gen from metadata/customers.yml:23.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_turnover" (
  "hk_customer" VARBINARY(16) NOT NULL,
  "orders" INTEGER,
  "amount" INTEGER,
  "mean" DECIMAL(9, 2),
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_customer", "load_dt") DISABLED
)
ORDER BY "hk_customer", "load_dt"
SEGMENTED BY HASH("hk_customer") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_customer"
  FROM (
    SELECT
      "hk_customer",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "hk_customer" ORDER BY "load_dt") AS "next"
    FROM "vault"."s_turnover"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."turnover"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:s_turnover'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

DROP TABLE IF EXISTS v_temp_schema."s_turnover_ranked";

CREATE LOCAL TEMPORARY TABLE "s_turnover_ranked" ON COMMIT PRESERVE ROWS AS
SELECT
  "row_no",
  "hashdiff_s_turnover",
  FIRST_VALUE("hashdiff_s_turnover") OVER (PARTITION BY "hk_customer", "load_dt" ORDER BY "row_no" DESC) AS "winner",
  ROW_NUMBER() OVER (PARTITION BY "hk_customer", "load_dt" ORDER BY "row_no" DESC) AS "place no",
  ROW_NUMBER() OVER (PARTITION BY "hk_customer", "load_dt", "hashdiff_s_turnover" ORDER BY "row_no" DESC) AS "repeat"
FROM "stage"."turnover"
WHERE "hk_customer" IS NOT NULL
  AND "row_no" IN (SELECT "row_no" FROM "stage"."turnover_repeats");

DROP TABLE IF EXISTS v_temp_schema."s_turnover_unkept";

CREATE LOCAL TEMPORARY TABLE "s_turnover_unkept" ON COMMIT PRESERVE ROWS AS
SELECT "row_no" FROM "s_turnover_ranked" WHERE "hashdiff_s_turnover" <> "winner" AND "repeat" = 1
UNION
-- A moment that is stored already stands, whatever wins among the staged rows.
SELECT staged."row_no"
FROM "stage"."turnover" AS staged
JOIN "vault"."s_turnover" AS stored
  ON stored."hk_customer" = staged."hk_customer"
  AND stored."load_dt" = staged."load_dt"
WHERE stored."hashdiff" <> staged."hashdiff_s_turnover"
  AND staged."row_no" NOT IN (SELECT "row_no" FROM "s_turnover_ranked" WHERE "place no" > 1);

DROP TABLE IF EXISTS v_temp_schema."s_turnover_stored";

CREATE LOCAL TEMPORARY TABLE "s_turnover_stored" ON COMMIT PRESERVE ROWS AS
SELECT "hk_customer", "hashdiff", "load_dt"
FROM "vault"."s_turnover"
WHERE "hk_customer" IN (SELECT "hk_customer" FROM "stage"."turnover");

DROP TABLE IF EXISTS v_temp_schema."s_turnover_ordered_keys";

-- Keys that are stored already or may be staged more than once; any other row is simply new.
CREATE LOCAL TEMPORARY TABLE "s_turnover_ordered_keys" ON COMMIT PRESERVE ROWS AS
SELECT "hk_customer" FROM "s_turnover_stored"
UNION
SELECT "hk_customer" FROM "stage"."turnover" WHERE "hk_customer" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "stage"."turnover_repeats");

DROP TABLE IF EXISTS v_temp_schema."s_turnover_changed";

CREATE LOCAL TEMPORARY TABLE "s_turnover_changed" ON COMMIT PRESERVE ROWS AS
WITH
-- Of the rows of one key and load date the last stands for all; the others go to the rejects.
"placed" AS (
  SELECT
    "hk_customer",
    "hashdiff_s_turnover",
    "load_dt",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_customer", "load_dt" ORDER BY "row_no" DESC) AS "place no"
  FROM "stage"."turnover"
  WHERE "hk_customer" IN (SELECT "hk_customer" FROM "s_turnover_ordered_keys")
),
"candidates" AS (
  SELECT "hk_customer", "hashdiff_s_turnover", "load_dt", "row_no"
  FROM "placed"
  WHERE "place no" = 1
),
"line" AS (
  SELECT
    "hk_customer",
    "hashdiff",
    "load_dt",
    0 AS "row_no"
  FROM "s_turnover_stored" AS "stored"
  UNION ALL
  SELECT "hk_customer", "hashdiff_s_turnover", "load_dt", "row_no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "s_turnover_stored" AS stored
    WHERE stored."hk_customer" = candidate."hk_customer"
      AND stored."load_dt" = candidate."load_dt"
  )
),
"compared" AS (
  SELECT
    "hk_customer",
    "load_dt",
    "row_no",
    "hashdiff",
    LAG("hashdiff") OVER (PARTITION BY "hk_customer" ORDER BY "load_dt") AS "hashdiff before"
  FROM "line"
)
SELECT "hk_customer", "load_dt", "row_no"
FROM "compared"
WHERE "row_no" > 0
  AND ("hashdiff before" IS NULL OR "hashdiff before" <> "hashdiff");

DROP TABLE IF EXISTS v_temp_schema."s_turnover_nothing_new";

-- By key and number: where a key's rows are on one node, nothing of this leaves it.
CREATE LOCAL TEMPORARY TABLE "s_turnover_nothing_new" ON COMMIT PRESERVE ROWS AS
SELECT known."hk_customer", known."row_no"
FROM "stage"."turnover" AS known
WHERE known."hk_customer" IN (SELECT "hk_customer" FROM "s_turnover_ordered_keys")
  AND NOT EXISTS (
    SELECT 1
    FROM "s_turnover_changed" AS changed
    WHERE changed."hk_customer" = known."hk_customer"
      AND changed."row_no" = known."row_no"
  );

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:s_turnover')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_turnover' AS "entity",
  'turnover' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_customer' AS "column_name",
  'duplicate key' AS "reason",
  REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') || '|' || CAST("orders" AS VARCHAR(11)) || '|' || COALESCE(CAST("amount" AS VARCHAR(20)), '\N') AS "record"
FROM "stage"."turnover" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "s_turnover_unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_turnover' AS "entity",
  'turnover' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_customer' AS "column_name",
  'no key' AS "reason",
  REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') || '|' || CAST("orders" AS VARCHAR(11)) || '|' || COALESCE(CAST("amount" AS VARCHAR(20)), '\N') AS "record"
FROM "stage"."turnover" AS staged
WHERE staged."hk_customer" IS NULL;

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT /*+LABEL('dv_gen:s_turnover')*/ INTO "vault"."s_turnover" (
  "hk_customer",
  "orders",
  "amount",
  "mean",
  "hashdiff",
  "load_dt",
  "load_src"
)
SELECT
  staged."hk_customer",
  staged."orders",
  staged."amount",
  staged."mean",
  staged."hashdiff_s_turnover",
  staged."load_dt",
  staged."load_src"
FROM "stage"."turnover" AS staged
WHERE staged."hk_customer" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "s_turnover_nothing_new" AS nothing_new
    WHERE nothing_new."hk_customer" = staged."hk_customer"
      AND nothing_new."row_no" = staged."row_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.s_turnover');

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_turnover_history" AS
SELECT
  "hk_customer",
  "orders",
  "amount",
  "mean",
  "hashdiff",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_customer" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_customer" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."s_turnover";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_turnover_current" AS
SELECT
  "hk_customer",
  "orders",
  "amount",
  "mean",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."s_turnover_history"
WHERE "is_current";
