-- satellite sat_order_link: rendered by dv-gen from metadata/customers.yml:28.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."sat_order_link" (
  "CUSTOMER_ORDER_HK" CHAR(32) COLLATE "C" NOT NULL,
  "STATUS" VARCHAR(10) COLLATE "C",
  "ORDER_HASHDIFF" CHAR(32) COLLATE "C" NOT NULL,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("CUSTOMER_ORDER_HK", "LOAD_DATE")
);

-- Asked before the first batch only: whether the newest digests that are stored are those of the
-- rule, and of which texts they may be made. A vault that another tool has built can be loaded on
-- where they are.
SELECT
  CASE WHEN "stored digest" = UPPER(MD5(COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^'))) THEN 1 ELSE 0 END AS "same",
  "stored at",
  LOWER("stored digest") AS "digest",
  'ORDER_HASHDIFF' AS "digest column",
  'STATUS' AS "name 1",
  'STATUS' AS "column 1",
  COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') AS "text 1",
  'CUSTOMER_ID' AS "name 2",
  'CUSTOMER_ID' AS "column 2",
  COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 2") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') AS "text 2",
  'ORDER_ID' AS "name 3",
  'ORDER_ID' AS "column 3",
  COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 3" AS TEXT)) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') AS "text 3",
  'RECORD_SOURCE' AS "name 4",
  'RECORD_SOURCE' AS "column 4",
  COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 4") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') AS "text 4"
FROM (
  SELECT
    held."STATUS" AS "value 1",
    hub_0."CUSTOMER_ID" AS "value 2",
    CAST(hub_1."ORDER_ID" AS INTEGER) AS "value 3",
    held."RECORD_SOURCE" AS "value 4",
    held."ORDER_HASHDIFF" AS "stored digest",
    held."LOAD_DATE" AS "stored at"
  FROM "raw_vault"."sat_order_link" AS held
  LEFT JOIN "raw_vault"."link_customer_order" AS link
    ON link."CUSTOMER_ORDER_HK" = held."CUSTOMER_ORDER_HK"
  LEFT JOIN "raw_vault"."hub_customer" AS hub_0
    ON hub_0."CUSTOMER_HK" = link."CUSTOMER_HK"
  LEFT JOIN "raw_vault"."hub_order" AS hub_1
    ON hub_1."ORDER_HK" = link."ORDER_FK"
  WHERE held."CUSTOMER_ORDER_HK" NOT IN (UPPER('00000000000000000000000000000000'), UPPER('ffffffffffffffffffffffffffffffff'))
  ORDER BY held."LOAD_DATE" DESC, held."CUSTOMER_ORDER_HK"
  LIMIT 50
) AS stored;

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."CUSTOMER_ORDER_HK"
  FROM (
    SELECT
      "CUSTOMER_ORDER_HK",
      "LOAD_DATE",
      LEAD("LOAD_DATE") OVER (PARTITION BY "CUSTOMER_ORDER_HK" ORDER BY "LOAD_DATE") AS "next"
    FROM "raw_vault"."sat_order_link"
  ) AS line
  JOIN (
    SELECT staged."LOAD_DATE", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "LOAD_DATE" FROM "stage"."orders"
      GROUP BY "LOAD_DATE"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."LOAD_DATE"
    WHERE loaded."step" = 'load:sat_order_link'
    GROUP BY staged."LOAD_DATE"
  ) AS late ON late."LOAD_DATE" = line."LOAD_DATE"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

SELECT "dv_meta"."lift_key"('"raw_vault"."sat_order_link"');

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"ranked" AS (
  SELECT
    "row_no",
    "HASHDIFF_sat_order_link",
    FIRST_VALUE("HASHDIFF_sat_order_link") OVER (PARTITION BY "CUSTOMER_ORDER_HK", "LOAD_DATE" ORDER BY "row_no" DESC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "CUSTOMER_ORDER_HK", "LOAD_DATE" ORDER BY "row_no" DESC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "CUSTOMER_ORDER_HK", "LOAD_DATE", "HASHDIFF_sat_order_link" ORDER BY "row_no" DESC) AS "repeat"
  FROM "stage"."orders"
  WHERE "CUSTOMER_ORDER_HK" IS NOT NULL
    AND "CUSTOMER_ORDER_HK" IN (SELECT "CUSTOMER_ORDER_HK" FROM "stage"."orders" GROUP BY "CUSTOMER_ORDER_HK" HAVING COUNT(*) > 1)
),
"unkept" AS (
  SELECT "row_no" FROM "ranked" WHERE "HASHDIFF_sat_order_link" <> "winner" AND "repeat" = 1
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT staged."row_no"
  FROM "stage"."orders" AS staged
  JOIN "raw_vault"."sat_order_link" AS stored
    ON stored."CUSTOMER_ORDER_HK" = staged."CUSTOMER_ORDER_HK"
    AND stored."LOAD_DATE" = staged."LOAD_DATE"
  WHERE stored."ORDER_HASHDIFF" <> staged."HASHDIFF_sat_order_link"
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "ranked" WHERE "place no" > 1)
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'sat_order_link' AS "entity",
  'orders' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'CUSTOMER_ORDER_HK' AS "column_name",
  'duplicate key' AS "reason",
  CAST("ORDER_ID" AS TEXT) || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("STATUS", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."orders" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'sat_order_link' AS "entity",
  'orders' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'CUSTOMER_ORDER_HK' AS "column_name",
  'no key' AS "reason",
  CAST("ORDER_ID" AS TEXT) || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("STATUS", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."orders" AS staged
WHERE staged."CUSTOMER_ORDER_HK" IS NULL;

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT INTO "raw_vault"."sat_order_link" (
  "CUSTOMER_ORDER_HK",
  "STATUS",
  "ORDER_HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
WITH
"stored" AS (
  SELECT "CUSTOMER_ORDER_HK", "ORDER_HASHDIFF", "LOAD_DATE"
  FROM "raw_vault"."sat_order_link"
  WHERE "CUSTOMER_ORDER_HK" IN (SELECT "CUSTOMER_ORDER_HK" FROM "stage"."orders")
),
-- Keys that are stored already or may be staged more than once; any other row is simply new.
"ordered_keys" AS (
  SELECT "CUSTOMER_ORDER_HK" FROM "stored"
  UNION
  SELECT "CUSTOMER_ORDER_HK" FROM "stage"."orders" WHERE "CUSTOMER_ORDER_HK" IS NOT NULL AND "CUSTOMER_ORDER_HK" IN (SELECT "CUSTOMER_ORDER_HK" FROM "stage"."orders" GROUP BY "CUSTOMER_ORDER_HK" HAVING COUNT(*) > 1)
),
-- Of the rows of one key and load date the last stands for all; the others go to the rejects.
"placed" AS (
  SELECT
    "CUSTOMER_ORDER_HK",
    "HASHDIFF_sat_order_link",
    "LOAD_DATE",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "CUSTOMER_ORDER_HK", "LOAD_DATE" ORDER BY "row_no" DESC) AS "place no"
  FROM "stage"."orders"
  WHERE "CUSTOMER_ORDER_HK" IN (SELECT "CUSTOMER_ORDER_HK" FROM "ordered_keys")
),
"candidates" AS (
  SELECT "CUSTOMER_ORDER_HK", "HASHDIFF_sat_order_link", "LOAD_DATE", "row_no"
  FROM "placed"
  WHERE "place no" = 1
),
"line" AS (
  SELECT
    "CUSTOMER_ORDER_HK",
    "ORDER_HASHDIFF",
    "LOAD_DATE",
    0 AS "row_no"
  FROM "stored"
  UNION ALL
  SELECT "CUSTOMER_ORDER_HK", "HASHDIFF_sat_order_link", "LOAD_DATE", "row_no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "stored" AS stored
    WHERE stored."CUSTOMER_ORDER_HK" = candidate."CUSTOMER_ORDER_HK"
      AND stored."LOAD_DATE" = candidate."LOAD_DATE"
  )
),
"compared" AS (
  SELECT
    "CUSTOMER_ORDER_HK",
    "LOAD_DATE",
    "row_no",
    "ORDER_HASHDIFF",
    LAG("ORDER_HASHDIFF") OVER (PARTITION BY "CUSTOMER_ORDER_HK" ORDER BY "LOAD_DATE") AS "hashdiff before"
  FROM "line"
),
"changed" AS (
  SELECT "CUSTOMER_ORDER_HK", "LOAD_DATE", "row_no"
  FROM "compared"
  WHERE "row_no" > 0
    AND ("hashdiff before" IS NULL OR "hashdiff before" <> "ORDER_HASHDIFF")
),
-- By key and number: where a key's rows are on one node, nothing of this leaves it.
"nothing_new" AS (
  SELECT known."CUSTOMER_ORDER_HK", known."row_no"
  FROM "stage"."orders" AS known
  WHERE known."CUSTOMER_ORDER_HK" IN (SELECT "CUSTOMER_ORDER_HK" FROM "ordered_keys")
    AND NOT EXISTS (
      SELECT 1
      FROM "changed" AS changed
      WHERE changed."CUSTOMER_ORDER_HK" = known."CUSTOMER_ORDER_HK"
        AND changed."row_no" = known."row_no"
    )
)
SELECT
  staged."CUSTOMER_ORDER_HK",
  staged."STATUS",
  staged."HASHDIFF_sat_order_link",
  staged."LOAD_DATE",
  staged."RECORD_SOURCE"
FROM "stage"."orders" AS staged
WHERE staged."CUSTOMER_ORDER_HK" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "nothing_new" AS nothing_new
    WHERE nothing_new."CUSTOMER_ORDER_HK" = staged."CUSTOMER_ORDER_HK"
      AND nothing_new."row_no" = staged."row_no"
  );

SELECT "dv_meta"."put_key"('"raw_vault"."sat_order_link"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "raw_vault"."sat_order_link" ("CUSTOMER_ORDER_HK", "STATUS", "ORDER_HASHDIFF", "LOAD_DATE", "RECORD_SOURCE");

-- Every version with the half-open interval [LOAD_DATE, LOAD_DATE_end) in which it was the newest known.
CREATE OR REPLACE VIEW "raw_vault"."sat_order_link_history" AS
SELECT
  "CUSTOMER_ORDER_HK",
  "STATUS",
  "ORDER_HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE",
  LEAD("LOAD_DATE") OVER (PARTITION BY "CUSTOMER_ORDER_HK" ORDER BY "LOAD_DATE") AS "LOAD_DATE_end",
  LEAD("LOAD_DATE") OVER (PARTITION BY "CUSTOMER_ORDER_HK" ORDER BY "LOAD_DATE") IS NULL AS "is_current"
FROM "raw_vault"."sat_order_link";

-- The newest version of every key.
CREATE OR REPLACE VIEW "raw_vault"."sat_order_link_current" AS
SELECT
  "CUSTOMER_ORDER_HK",
  "STATUS",
  "ORDER_HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "raw_vault"."sat_order_link_history"
WHERE "is_current";
