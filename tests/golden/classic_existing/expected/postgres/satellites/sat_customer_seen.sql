-- satellite sat_customer_seen: rendered by dv-gen from metadata/customers.yml:29.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."sat_customer_seen" (
  "CUSTOMER_HK" CHAR(32) COLLATE "C" NOT NULL,
  "SEEN_ID" VARCHAR(10) COLLATE "C",
  "SEEN_HASHDIFF" CHAR(32) COLLATE "C" NOT NULL,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("CUSTOMER_HK", "LOAD_DATE")
);

-- Asked before the first batch only: whether the newest digests that are stored are those of the
-- rule, and of which texts they may be made. A vault that another tool has built can be loaded on
-- where they are.
SELECT
  CASE WHEN "stored digest" = UPPER(MD5(COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^'))) THEN 1 ELSE 0 END AS "same",
  "stored at",
  LOWER("stored digest") AS "digest",
  'SEEN_HASHDIFF' AS "digest column",
  'CUSTOMER_ID' AS "name 1",
  'SEEN_ID' AS "column 1",
  COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') AS "text 1",
  'RECORD_SOURCE' AS "name 2",
  'RECORD_SOURCE' AS "column 2",
  COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 2") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') AS "text 2"
FROM (
  SELECT
    held."SEEN_ID" AS "value 1",
    held."RECORD_SOURCE" AS "value 2",
    held."SEEN_HASHDIFF" AS "stored digest",
    held."LOAD_DATE" AS "stored at"
  FROM "raw_vault"."sat_customer_seen" AS held
  LEFT JOIN "raw_vault"."hub_customer" AS hub
    ON hub."CUSTOMER_HK" = held."CUSTOMER_HK"
  WHERE held."CUSTOMER_HK" NOT IN (UPPER('00000000000000000000000000000000'), UPPER('ffffffffffffffffffffffffffffffff'))
  ORDER BY held."LOAD_DATE" DESC, held."CUSTOMER_HK"
  LIMIT 50
) AS stored;

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."CUSTOMER_HK"
  FROM (
    SELECT
      "CUSTOMER_HK",
      "LOAD_DATE",
      LEAD("LOAD_DATE") OVER (PARTITION BY "CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "next"
    FROM "raw_vault"."sat_customer_seen"
  ) AS line
  JOIN (
    SELECT staged."LOAD_DATE", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "LOAD_DATE" FROM "stage"."customers"
      UNION
      SELECT "LOAD_DATE" FROM "stage"."orders"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."LOAD_DATE"
    WHERE loaded."step" = 'load:sat_customer_seen'
    GROUP BY staged."LOAD_DATE"
  ) AS late ON late."LOAD_DATE" = line."LOAD_DATE"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

SELECT "dv_meta"."lift_key"('"raw_vault"."sat_customer_seen"');

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"staged" AS (
  SELECT
    "CUSTOMER_HK",
    "CUSTOMER_ID" AS "SEEN_ID",
    "HASHDIFF_sat_customer_seen" AS "SEEN_HASHDIFF",
    "LOAD_DATE",
    "RECORD_SOURCE",
    1 AS "source no",
    "row_no" AS "row no"
  FROM "stage"."customers"
  WHERE "CUSTOMER_HK" IS NOT NULL
  UNION ALL
  SELECT
    "CUSTOMER_HK",
    "CUSTOMER_ID" AS "SEEN_ID",
    "HASHDIFF_sat_customer_seen" AS "SEEN_HASHDIFF",
    "LOAD_DATE",
    "RECORD_SOURCE",
    2 AS "source no",
    "row_no" AS "row no"
  FROM "stage"."orders"
  WHERE "CUSTOMER_HK" IS NOT NULL
),
"stored" AS (
  SELECT
    "CUSTOMER_HK",
    "SEEN_HASHDIFF",
    "LOAD_DATE"
  FROM "raw_vault"."sat_customer_seen"
  WHERE "CUSTOMER_HK" IN (SELECT "CUSTOMER_HK" FROM "staged")
),
"ranked" AS (
  SELECT
    "CUSTOMER_HK",
    "SEEN_HASHDIFF",
    "LOAD_DATE",
    "source no", "row no",
    ROW_NUMBER() OVER (PARTITION BY "CUSTOMER_HK", "LOAD_DATE" ORDER BY "source no" DESC, "row no" DESC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "CUSTOMER_HK", "LOAD_DATE", "SEEN_HASHDIFF" ORDER BY "source no" DESC, "row no" DESC) AS "repeat no"
  FROM "staged"
  WHERE "CUSTOMER_HK" IN (SELECT "CUSTOMER_HK" FROM "staged" GROUP BY "CUSTOMER_HK" HAVING COUNT(*) > 1)
),
"unkept" AS (
  SELECT ranked."source no", ranked."row no"
  FROM "ranked" AS ranked
  JOIN "ranked" AS winner
    ON winner."CUSTOMER_HK" = ranked."CUSTOMER_HK"
    AND winner."LOAD_DATE" = ranked."LOAD_DATE"
  WHERE winner."place no" = 1
    AND ranked."repeat no" = 1
    AND ranked."SEEN_HASHDIFF" IS DISTINCT FROM winner."SEEN_HASHDIFF"
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT staged."source no", staged."row no"
  FROM "staged" AS staged
  JOIN "stored" AS stored
    ON stored."CUSTOMER_HK" = staged."CUSTOMER_HK"
    AND stored."LOAD_DATE" = staged."LOAD_DATE"
  WHERE stored."SEEN_HASHDIFF" IS DISTINCT FROM staged."SEEN_HASHDIFF"
    AND NOT EXISTS (
      SELECT 1
      FROM "ranked" AS ranked
      WHERE ranked."source no" = staged."source no" AND ranked."row no" = staged."row no"
        AND ranked."place no" > 1
    )
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'sat_customer_seen' AS "entity",
  'customers' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'CUSTOMER_HK' AS "column_name",
  'duplicate key' AS "reason",
  COALESCE(REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_NAME", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(TO_CHAR(CAST("CUSTOMER_DOB" AS TIMESTAMP), 'YYYY-MM-DD'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_PHONE", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(TO_CHAR(CAST("BOOKED_ON" AS TIMESTAMP), 'YYYY-MM-DD'), '\N') AS "record"
FROM "stage"."customers" AS staged
WHERE staged."row_no" IN (SELECT "row no" FROM "unkept" WHERE "source no" = 1)
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'sat_customer_seen' AS "entity",
  'customers' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'CUSTOMER_HK' AS "column_name",
  'no key' AS "reason",
  COALESCE(REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_NAME", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(TO_CHAR(CAST("CUSTOMER_DOB" AS TIMESTAMP), 'YYYY-MM-DD'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_PHONE", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(TO_CHAR(CAST("BOOKED_ON" AS TIMESTAMP), 'YYYY-MM-DD'), '\N') AS "record"
FROM "stage"."customers" AS staged
WHERE staged."CUSTOMER_HK" IS NULL
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'sat_customer_seen' AS "entity",
  'orders' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'CUSTOMER_HK' AS "column_name",
  'duplicate key' AS "reason",
  CAST("ORDER_ID" AS TEXT) || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("STATUS", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."orders" AS staged
WHERE staged."row_no" IN (SELECT "row no" FROM "unkept" WHERE "source no" = 2)
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'sat_customer_seen' AS "entity",
  'orders' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'CUSTOMER_HK' AS "column_name",
  'no key' AS "reason",
  CAST("ORDER_ID" AS TEXT) || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("STATUS", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."orders" AS staged
WHERE staged."CUSTOMER_HK" IS NULL;

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT INTO "raw_vault"."sat_customer_seen" (
  "CUSTOMER_HK",
  "SEEN_ID",
  "SEEN_HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
WITH
"staged" AS (
  SELECT
    "CUSTOMER_HK",
    "CUSTOMER_ID" AS "SEEN_ID",
    "HASHDIFF_sat_customer_seen" AS "SEEN_HASHDIFF",
    "LOAD_DATE",
    "RECORD_SOURCE",
    1 AS "source no",
    "row_no" AS "row no"
  FROM "stage"."customers"
  WHERE "CUSTOMER_HK" IS NOT NULL
  UNION ALL
  SELECT
    "CUSTOMER_HK",
    "CUSTOMER_ID" AS "SEEN_ID",
    "HASHDIFF_sat_customer_seen" AS "SEEN_HASHDIFF",
    "LOAD_DATE",
    "RECORD_SOURCE",
    2 AS "source no",
    "row_no" AS "row no"
  FROM "stage"."orders"
  WHERE "CUSTOMER_HK" IS NOT NULL
),
"stored" AS (
  SELECT
    "CUSTOMER_HK",
    "SEEN_HASHDIFF",
    "LOAD_DATE"
  FROM "raw_vault"."sat_customer_seen"
  WHERE "CUSTOMER_HK" IN (SELECT "CUSTOMER_HK" FROM "staged")
),
-- Keys that are stored already or staged more than once; any other row is simply new.
"ordered_keys" AS (
  SELECT "CUSTOMER_HK" FROM "stored"
  UNION
  SELECT "CUSTOMER_HK" FROM "staged" GROUP BY "CUSTOMER_HK" HAVING COUNT(*) > 1
),
-- Of the rows of one key and load date the last stands for all; the others go to the rejects.
"placed" AS (
  SELECT
    "CUSTOMER_HK",
    "SEEN_HASHDIFF",
    "LOAD_DATE",
    "source no", "row no",
    ROW_NUMBER() OVER (PARTITION BY "CUSTOMER_HK", "LOAD_DATE" ORDER BY "source no" DESC, "row no" DESC) AS "place no"
  FROM "staged"
  WHERE "CUSTOMER_HK" IN (SELECT "CUSTOMER_HK" FROM "ordered_keys")
),
"candidates" AS (
  SELECT
    "CUSTOMER_HK",
    "SEEN_HASHDIFF",
    "LOAD_DATE",
    "source no", "row no"
  FROM "placed"
  WHERE "place no" = 1
),
"line" AS (
  SELECT
    "CUSTOMER_HK",
    "SEEN_HASHDIFF",
    "LOAD_DATE",
    0 AS "source no",
    0 AS "row no"
  FROM "stored"
  UNION ALL
  SELECT
    "CUSTOMER_HK",
    "SEEN_HASHDIFF",
    "LOAD_DATE",
    "source no", "row no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "stored" AS stored
    WHERE stored."CUSTOMER_HK" = candidate."CUSTOMER_HK"
      AND stored."LOAD_DATE" = candidate."LOAD_DATE"
  )
),
"compared" AS (
  SELECT
    "CUSTOMER_HK",
    "SEEN_HASHDIFF",
    "LOAD_DATE",
    "source no", "row no",
    LAG("SEEN_HASHDIFF") OVER (PARTITION BY "CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "SEEN_HASHDIFF before",
    LAG("LOAD_DATE") OVER (PARTITION BY "CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "load date before"
  FROM "line"
),
"changed" AS (
  SELECT "CUSTOMER_HK", "LOAD_DATE", "source no", "row no"
  FROM "compared"
  WHERE "row no" > 0
    AND (
      "load date before" IS NULL
      OR "SEEN_HASHDIFF" IS DISTINCT FROM "SEEN_HASHDIFF before"
    )
)
SELECT
  "CUSTOMER_HK",
  "SEEN_ID",
  "SEEN_HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "staged"
WHERE "CUSTOMER_HK" NOT IN (SELECT "CUSTOMER_HK" FROM "ordered_keys")
UNION ALL
SELECT
  staged."CUSTOMER_HK",
  staged."SEEN_ID",
  staged."SEEN_HASHDIFF",
  changed."LOAD_DATE",
  staged."RECORD_SOURCE"
FROM "staged" AS staged
-- By the key too: where a key's rows are on one node, nothing of this leaves it.
JOIN "changed" AS changed
  ON changed."CUSTOMER_HK" = staged."CUSTOMER_HK"
  AND changed."source no" = staged."source no" AND changed."row no" = staged."row no";

SELECT "dv_meta"."put_key"('"raw_vault"."sat_customer_seen"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "raw_vault"."sat_customer_seen" ("CUSTOMER_HK", "SEEN_ID", "SEEN_HASHDIFF", "LOAD_DATE", "RECORD_SOURCE");

-- Every version with the half-open interval [LOAD_DATE, LOAD_DATE_end) in which it was the newest known.
CREATE OR REPLACE VIEW "raw_vault"."sat_customer_seen_history" AS
SELECT
  "CUSTOMER_HK",
  "SEEN_ID",
  "SEEN_HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE",
  LEAD("LOAD_DATE") OVER (PARTITION BY "CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "LOAD_DATE_end",
  LEAD("LOAD_DATE") OVER (PARTITION BY "CUSTOMER_HK" ORDER BY "LOAD_DATE") IS NULL AS "is_current"
FROM "raw_vault"."sat_customer_seen";

-- The newest version of every key.
CREATE OR REPLACE VIEW "raw_vault"."sat_customer_seen_current" AS
SELECT
  "CUSTOMER_HK",
  "SEEN_ID",
  "SEEN_HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "raw_vault"."sat_customer_seen_history"
WHERE "is_current";
