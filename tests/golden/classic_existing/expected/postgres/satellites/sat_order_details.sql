-- satellite sat_order_details: rendered by dv-gen from metadata/customers.yml:27.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."sat_order_details" (
  "ORDER_HK" CHAR(32) COLLATE "C" NOT NULL,
  "STATUS" VARCHAR(10) COLLATE "C",
  "HASHDIFF" CHAR(32) COLLATE "C" NOT NULL,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("ORDER_HK", "LOAD_DATE")
);

-- Asked before the first batch only: whether the newest digests that are stored are those of the
-- rule, and of which texts they may be made. A vault that another tool has built can be loaded on
-- where they are.
SELECT
  CASE WHEN "stored digest" = UPPER(MD5(COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^'))) THEN 1 ELSE 0 END AS "same",
  "stored at",
  LOWER("stored digest") AS "digest",
  'HASHDIFF' AS "digest column",
  'STATUS' AS "name 1",
  'STATUS' AS "column 1",
  COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') AS "text 1",
  'ORDER_ID' AS "name 2",
  'ORDER_ID' AS "column 2",
  COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 2" AS TEXT)) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') AS "text 2",
  'RECORD_SOURCE' AS "name 3",
  'RECORD_SOURCE' AS "column 3",
  COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 3") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') AS "text 3"
FROM (
  SELECT
    held."STATUS" AS "value 1",
    CAST(hub."ORDER_ID" AS INTEGER) AS "value 2",
    held."RECORD_SOURCE" AS "value 3",
    held."HASHDIFF" AS "stored digest",
    held."LOAD_DATE" AS "stored at"
  FROM "raw_vault"."sat_order_details" AS held
  LEFT JOIN "raw_vault"."hub_order" AS hub
    ON hub."ORDER_HK" = held."ORDER_HK"
  WHERE held."ORDER_HK" NOT IN (UPPER('00000000000000000000000000000000'), UPPER('ffffffffffffffffffffffffffffffff'))
  ORDER BY held."LOAD_DATE" DESC, held."ORDER_HK"
  LIMIT 50
) AS stored;

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."ORDER_HK"
  FROM (
    SELECT
      "ORDER_HK",
      "LOAD_DATE",
      LEAD("LOAD_DATE") OVER (PARTITION BY "ORDER_HK" ORDER BY "LOAD_DATE") AS "next"
    FROM "raw_vault"."sat_order_details"
  ) AS line
  JOIN (
    SELECT staged."LOAD_DATE", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "LOAD_DATE" FROM "stage"."orders"
      GROUP BY "LOAD_DATE"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."LOAD_DATE"
    WHERE loaded."step" = 'load:sat_order_details'
    GROUP BY staged."LOAD_DATE"
  ) AS late ON late."LOAD_DATE" = line."LOAD_DATE"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

SELECT "dv_meta"."lift_key"('"raw_vault"."sat_order_details"');

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"ranked" AS (
  SELECT
    "row_no",
    "HASHDIFF_sat_order_details",
    FIRST_VALUE("HASHDIFF_sat_order_details") OVER (PARTITION BY "ORDER_HK", "LOAD_DATE" ORDER BY "row_no" DESC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "ORDER_HK", "LOAD_DATE" ORDER BY "row_no" DESC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "ORDER_HK", "LOAD_DATE", "HASHDIFF_sat_order_details" ORDER BY "row_no" DESC) AS "repeat"
  FROM "stage"."orders"
  WHERE "ORDER_HK" IS NOT NULL
    AND "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
),
"unkept" AS (
  SELECT "row_no" FROM "ranked" WHERE "HASHDIFF_sat_order_details" <> "winner" AND "repeat" = 1
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT staged."row_no"
  FROM "stage"."orders" AS staged
  JOIN "raw_vault"."sat_order_details" AS stored
    ON stored."ORDER_HK" = staged."ORDER_HK"
    AND stored."LOAD_DATE" = staged."LOAD_DATE"
  WHERE stored."HASHDIFF" <> staged."HASHDIFF_sat_order_details"
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "ranked" WHERE "place no" > 1)
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'sat_order_details' AS "entity",
  'orders' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'ORDER_HK' AS "column_name",
  'duplicate key' AS "reason",
  CAST("ORDER_ID" AS TEXT) || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("STATUS", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."orders" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept");

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT INTO "raw_vault"."sat_order_details" (
  "ORDER_HK",
  "STATUS",
  "HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
WITH
"stored" AS (
  SELECT "ORDER_HK", "HASHDIFF", "LOAD_DATE"
  FROM "raw_vault"."sat_order_details"
  WHERE "ORDER_HK" IN (SELECT "ORDER_HK" FROM "stage"."orders")
),
-- Keys that are stored already or may be staged more than once; any other row is simply new.
"ordered_keys" AS (
  SELECT "ORDER_HK" FROM "stored"
  UNION
  SELECT "ORDER_HK" FROM "stage"."orders" WHERE "ORDER_HK" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
),
-- Of the rows of one key and load date the last stands for all; the others go to the rejects.
"placed" AS (
  SELECT
    "ORDER_HK",
    "HASHDIFF_sat_order_details",
    "LOAD_DATE",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "ORDER_HK", "LOAD_DATE" ORDER BY "row_no" DESC) AS "place no"
  FROM "stage"."orders"
  WHERE "ORDER_HK" IN (SELECT "ORDER_HK" FROM "ordered_keys")
),
"candidates" AS (
  SELECT "ORDER_HK", "HASHDIFF_sat_order_details", "LOAD_DATE", "row_no"
  FROM "placed"
  WHERE "place no" = 1
),
"line" AS (
  SELECT
    "ORDER_HK",
    "HASHDIFF",
    "LOAD_DATE",
    0 AS "row_no"
  FROM "stored"
  UNION ALL
  SELECT "ORDER_HK", "HASHDIFF_sat_order_details", "LOAD_DATE", "row_no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "stored" AS stored
    WHERE stored."ORDER_HK" = candidate."ORDER_HK"
      AND stored."LOAD_DATE" = candidate."LOAD_DATE"
  )
),
"compared" AS (
  SELECT
    "ORDER_HK",
    "LOAD_DATE",
    "row_no",
    "HASHDIFF",
    LAG("HASHDIFF") OVER (PARTITION BY "ORDER_HK" ORDER BY "LOAD_DATE") AS "hashdiff before"
  FROM "line"
),
"changed" AS (
  SELECT "ORDER_HK", "LOAD_DATE", "row_no"
  FROM "compared"
  WHERE "row_no" > 0
    AND ("hashdiff before" IS NULL OR "hashdiff before" <> "HASHDIFF")
),
-- By key and number: where a key's rows are on one node, nothing of this leaves it.
"nothing_new" AS (
  SELECT known."ORDER_HK", known."row_no"
  FROM "stage"."orders" AS known
  WHERE known."ORDER_HK" IN (SELECT "ORDER_HK" FROM "ordered_keys")
    AND NOT EXISTS (
      SELECT 1
      FROM "changed" AS changed
      WHERE changed."ORDER_HK" = known."ORDER_HK"
        AND changed."row_no" = known."row_no"
    )
)
SELECT
  staged."ORDER_HK",
  staged."STATUS",
  staged."HASHDIFF_sat_order_details",
  staged."LOAD_DATE",
  staged."RECORD_SOURCE"
FROM "stage"."orders" AS staged
WHERE staged."ORDER_HK" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "nothing_new" AS nothing_new
    WHERE nothing_new."ORDER_HK" = staged."ORDER_HK"
      AND nothing_new."row_no" = staged."row_no"
  );

SELECT "dv_meta"."put_key"('"raw_vault"."sat_order_details"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "raw_vault"."sat_order_details" ("ORDER_HK", "STATUS", "HASHDIFF", "LOAD_DATE", "RECORD_SOURCE");

-- Every version with the half-open interval [LOAD_DATE, LOAD_DATE_end) in which it was the newest known.
CREATE OR REPLACE VIEW "raw_vault"."sat_order_details_history" AS
SELECT
  "ORDER_HK",
  "STATUS",
  "HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE",
  LEAD("LOAD_DATE") OVER (PARTITION BY "ORDER_HK" ORDER BY "LOAD_DATE") AS "LOAD_DATE_end",
  LEAD("LOAD_DATE") OVER (PARTITION BY "ORDER_HK" ORDER BY "LOAD_DATE") IS NULL AS "is_current"
FROM "raw_vault"."sat_order_details";

-- The newest version of every key.
CREATE OR REPLACE VIEW "raw_vault"."sat_order_details_current" AS
SELECT
  "ORDER_HK",
  "STATUS",
  "HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "raw_vault"."sat_order_details_history"
WHERE "is_current";
