-- satellite eff_sat_order: rendered by dv-gen from metadata/model.yml:43.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."eff_sat_order" (
  "ORDER_CUSTOMER_HK" CHAR(32) COLLATE "C" NOT NULL,
  "START_DATE" TIMESTAMP NOT NULL,
  "END_DATE" TIMESTAMP,
  "EFFECTIVE_FROM" DATE,
  "ORDER_FK" CHAR(32) COLLATE "C",
  "CUSTOMER_HK" CHAR(32) COLLATE "C",
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("ORDER_CUSTOMER_HK", "LOAD_DATE")
);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."ORDER_CUSTOMER_HK"
  FROM (
    SELECT
      "ORDER_CUSTOMER_HK",
      "LOAD_DATE",
      LEAD("LOAD_DATE") OVER (PARTITION BY "ORDER_CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "next"
    FROM "raw_vault"."eff_sat_order"
  ) AS line
  JOIN (
    SELECT staged."LOAD_DATE", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "LOAD_DATE" FROM "stage"."orders"
      GROUP BY "LOAD_DATE"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."LOAD_DATE"
    WHERE loaded."step" = 'load:eff_sat_order'
    GROUP BY staged."LOAD_DATE"
  ) AS late ON late."LOAD_DATE" = line."LOAD_DATE"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

SELECT "dv_meta"."lift_key"('"raw_vault"."eff_sat_order"');

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"ranked" AS (
  SELECT
    "row_no",
    "ORDER_CUSTOMER_HK",
    CAST("BOOKED_ON" AS TIMESTAMP) AS "own start",
    FIRST_VALUE(CAST("BOOKED_ON" AS TIMESTAMP)) OVER (PARTITION BY "ORDER_HK", "LOAD_DATE" ORDER BY "row_no" DESC) AS "winning start",
    FIRST_VALUE("ORDER_CUSTOMER_HK") OVER (PARTITION BY "ORDER_HK", "LOAD_DATE" ORDER BY "row_no" DESC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "ORDER_HK", "LOAD_DATE" ORDER BY "row_no" DESC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "ORDER_HK", "LOAD_DATE", "ORDER_CUSTOMER_HK", CASE WHEN "ORDER_CUSTOMER_HK" IS NOT NULL THEN CAST("BOOKED_ON" AS TIMESTAMP) END ORDER BY "row_no" DESC) AS "repeat"
  FROM "stage"."orders"
  WHERE "ORDER_HK" IS NOT NULL
    AND "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
),
"stored" AS (
  SELECT related."ORDER_FK", stored."ORDER_CUSTOMER_HK", stored."START_DATE", stored."END_DATE", stored."LOAD_DATE", stored."EFFECTIVE_FROM" AS "beside 1", stored."ORDER_FK" AS "beside 2", stored."CUSTOMER_HK" AS "beside 3"
  FROM "raw_vault"."eff_sat_order" AS stored
  JOIN "raw_vault"."link_order" AS related ON related."ORDER_CUSTOMER_HK" = stored."ORDER_CUSTOMER_HK"
  WHERE stored."LOAD_DATE" IN (SELECT "LOAD_DATE" FROM "stage"."orders")
),
-- What is stored of a driving key: at this moment the relationship that opened holds, or none.
"told" AS (
  SELECT "ORDER_FK", "ORDER_CUSTOMER_HK", "START_DATE" AS "starts", "LOAD_DATE", "beside 1", "beside 2", "beside 3"
  FROM "stored"
  WHERE ("END_DATE" IS NULL OR "END_DATE" >= TIMESTAMP '9999-12-31 00:00:00')
  UNION
  SELECT closed."ORDER_FK", CAST(NULL AS CHAR(32)), closed."LOAD_DATE", closed."LOAD_DATE", CAST(NULL AS DATE), CAST(NULL AS CHAR(32)), CAST(NULL AS CHAR(32))
  FROM "stored" AS closed
  WHERE closed."END_DATE" < TIMESTAMP '9999-12-31 00:00:00'
    AND NOT EXISTS (
      SELECT 1
      FROM "stored" AS opened
      WHERE opened."ORDER_FK" = closed."ORDER_FK"
        AND opened."LOAD_DATE" = closed."LOAD_DATE"
        AND (opened."END_DATE" IS NULL OR opened."END_DATE" >= TIMESTAMP '9999-12-31 00:00:00')
    )
),
"unkept" AS (
  SELECT "row_no" FROM "ranked" WHERE ("ORDER_CUSTOMER_HK" IS DISTINCT FROM "winner" OR ("ORDER_CUSTOMER_HK" IS NOT NULL AND "own start" IS DISTINCT FROM "winning start")) AND "repeat" = 1
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT staged."row_no"
  FROM "stage"."orders" AS staged
  JOIN "told" AS told
    ON told."LOAD_DATE" = staged."LOAD_DATE"
    AND told."ORDER_FK" = staged."ORDER_HK"
  WHERE (told."ORDER_CUSTOMER_HK" IS DISTINCT FROM staged."ORDER_CUSTOMER_HK" OR (told."ORDER_CUSTOMER_HK" IS NOT NULL AND told."starts" IS DISTINCT FROM CAST(staged."BOOKED_ON" AS TIMESTAMP)))
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "ranked" WHERE "place no" > 1)
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'eff_sat_order' AS "entity",
  'orders' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'ORDER_CUSTOMER_HK' AS "column_name",
  'duplicate key' AS "reason",
  COALESCE(REPLACE(REPLACE("ORDER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || TO_CHAR(CAST("BOOKED_ON" AS TIMESTAMP), 'YYYY-MM-DD') || '|' || COALESCE(REPLACE(REPLACE("CHANNEL", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."orders" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'eff_sat_order' AS "entity",
  'orders' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'ORDER_CUSTOMER_HK' AS "column_name",
  'no key' AS "reason",
  COALESCE(REPLACE(REPLACE("ORDER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || TO_CHAR(CAST("BOOKED_ON" AS TIMESTAMP), 'YYYY-MM-DD') || '|' || COALESCE(REPLACE(REPLACE("CHANNEL", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."orders" AS staged
WHERE NOT ("ORDER_HK" IS NOT NULL);

-- A driving key has one relationship at a time: another one closes it and opens itself, none
-- closes it. Stored and staged moments stand on one line per driving key; what is stored already
-- is not stored again. Only the driving keys of this batch are read, and those that have ended.
INSERT INTO "raw_vault"."eff_sat_order" (
  "ORDER_CUSTOMER_HK",
  "START_DATE",
  "END_DATE",
  "EFFECTIVE_FROM",
  "ORDER_FK",
  "CUSTOMER_HK",
  "LOAD_DATE",
  "RECORD_SOURCE"
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
      ROW_NUMBER() OVER (PARTITION BY "ORDER_HK", "LOAD_DATE" ORDER BY "row_no" DESC) AS "place no"
    FROM "stage"."orders"
    WHERE "row_no" IN (SELECT "row_no" FROM "repeated")
  ) AS placed
  WHERE "place no" > 1
),
-- The load dates at which the delivery is the complete set; an empty one has that of its file.
"delivered" AS (
  SELECT "LOAD_DATE"
  FROM "stage"."orders"
  WHERE "LOAD_DATE" IN (SELECT "load_dt" FROM "dv_meta"."delivered_whole" WHERE "source" = 'orders')
  UNION
  SELECT "load_dt"
  FROM "dv_meta"."delivered_whole"
  WHERE "source" = 'orders'
    AND "rows_staged" = 0
),
"open_keys" AS (
  SELECT known."ORDER_CUSTOMER_HK"
  FROM "raw_vault"."eff_sat_order" AS known
  JOIN (SELECT MIN("LOAD_DATE") AS "first", MAX("LOAD_DATE") AS "last" FROM "delivered") AS span ON known."LOAD_DATE" <= span."last"
  GROUP BY known."ORDER_CUSTOMER_HK"
  HAVING MAX(CASE WHEN (known."END_DATE" IS NULL OR known."END_DATE" >= TIMESTAMP '9999-12-31 00:00:00') THEN known."LOAD_DATE" END) = MAX(CASE WHEN (known."END_DATE" IS NULL OR known."END_DATE" >= TIMESTAMP '9999-12-31 00:00:00') OR known."LOAD_DATE" <= span."first" THEN known."LOAD_DATE" END)
),
"staged" AS (
  SELECT
    "ORDER_HK" AS "ORDER_FK",
    "ORDER_CUSTOMER_HK",
    "LOAD_DATE",
    "RECORD_SOURCE",
    CAST("BOOKED_ON" AS TIMESTAMP) AS "starts",
    "BOOKED_ON" AS "beside 1",
    "ORDER_HK" AS "beside 2",
    "CUSTOMER_HK" AS "beside 3",
    "row_no"
  FROM "stage"."orders"
  WHERE "ORDER_HK" IS NOT NULL
    AND "row_no" NOT IN (SELECT "row_no" FROM "losers")
),
"driving_keys" AS (
  SELECT "ORDER_FK" FROM "staged"
  UNION
  SELECT "ORDER_FK"
  FROM "raw_vault"."link_order"
  WHERE "ORDER_CUSTOMER_HK" IN (SELECT "ORDER_CUSTOMER_HK" FROM "open_keys")
),
"related" AS (
  SELECT known."ORDER_FK", known."ORDER_CUSTOMER_HK"
  FROM "raw_vault"."link_order" AS known
  WHERE EXISTS (SELECT 1 FROM "driving_keys" AS wanted WHERE wanted."ORDER_FK" = known."ORDER_FK")
),
"stored" AS (
  SELECT related."ORDER_FK", stored."ORDER_CUSTOMER_HK", stored."START_DATE", stored."END_DATE", stored."LOAD_DATE", stored."EFFECTIVE_FROM" AS "beside 1", stored."ORDER_FK" AS "beside 2", stored."CUSTOMER_HK" AS "beside 3"
  FROM "raw_vault"."eff_sat_order" AS stored
  JOIN "related" AS related ON related."ORDER_CUSTOMER_HK" = stored."ORDER_CUSTOMER_HK"
),
-- What is stored of a driving key: at this moment the relationship that opened holds, or none.
"told" AS (
  SELECT "ORDER_FK", "ORDER_CUSTOMER_HK", "START_DATE" AS "starts", "LOAD_DATE", "beside 1", "beside 2", "beside 3"
  FROM "stored"
  WHERE ("END_DATE" IS NULL OR "END_DATE" >= TIMESTAMP '9999-12-31 00:00:00')
  UNION
  SELECT closed."ORDER_FK", CAST(NULL AS CHAR(32)), closed."LOAD_DATE", closed."LOAD_DATE", CAST(NULL AS DATE), CAST(NULL AS CHAR(32)), CAST(NULL AS CHAR(32))
  FROM "stored" AS closed
  WHERE closed."END_DATE" < TIMESTAMP '9999-12-31 00:00:00'
    AND NOT EXISTS (
      SELECT 1
      FROM "stored" AS opened
      WHERE opened."ORDER_FK" = closed."ORDER_FK"
        AND opened."LOAD_DATE" = closed."LOAD_DATE"
        AND (opened."END_DATE" IS NULL OR opened."END_DATE" >= TIMESTAMP '9999-12-31 00:00:00')
    )
),
-- Of each delivered moment, the next whole delivery that is known already: what it held stands.
"following" AS (
  SELECT loaded."load_dt", COALESCE(loaded."load_src", 'orders') AS "load_src"
  FROM "dv_meta"."loaded_delivery" AS loaded
  WHERE loaded."step" = 'load:eff_sat_order'
    AND loaded."source" = 'orders'
    AND loaded."whole" = 1
    AND loaded."load_dt" NOT IN (SELECT "LOAD_DATE" FROM "delivered")
    AND loaded."load_dt" IN (
      SELECT MIN(loaded."load_dt")
      FROM "dv_meta"."loaded_delivery" AS loaded
      JOIN (
        SELECT "LOAD_DATE" FROM "delivered"
        UNION
        SELECT "LOAD_DATE" FROM "stage"."orders"
      ) AS late ON late."LOAD_DATE" < loaded."load_dt"
      WHERE loaded."step" = 'load:eff_sat_order'
        AND loaded."source" = 'orders'
        AND loaded."whole" = 1
      GROUP BY late."LOAD_DATE"
    )
),
-- What the next delivery held of a driving key: the newest that was told by then.
"restored" AS (
  SELECT wanted."ORDER_FK", following."load_dt", following."load_src", MAX(told."LOAD_DATE") AS "since"
  FROM "driving_keys" AS wanted
  CROSS JOIN "following" AS following
  LEFT JOIN "told" AS told
    ON told."ORDER_FK" = wanted."ORDER_FK"
    AND told."LOAD_DATE" <= following."load_dt"
  GROUP BY wanted."ORDER_FK", following."load_dt", following."load_src"
),
-- Rows of driving keys that are stored already or may be staged more than once, or that a later delivery may lack;
-- any other row simply opens its relationship.
"ordered" AS (
  SELECT "row_no" FROM "repeated"
  UNION
  SELECT staged."row_no"
  FROM "staged" AS staged
  WHERE EXISTS (SELECT 1 FROM "stored" AS stored WHERE stored."ORDER_FK" = staged."ORDER_FK")
  UNION
  SELECT "row_no" FROM "staged" WHERE "LOAD_DATE" < (SELECT MAX("LOAD_DATE") FROM "delivered")
  UNION
  SELECT "row_no" FROM "staged" WHERE "LOAD_DATE" < (SELECT MAX("load_dt") FROM "following")
),
"line" AS (
  SELECT "ORDER_FK", "ORDER_CUSTOMER_HK", "starts", "LOAD_DATE", CAST(NULL AS VARCHAR(255)) AS "RECORD_SOURCE", "beside 1", "beside 2", "beside 3"
  FROM "told"
  UNION ALL
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  SELECT staged."ORDER_FK", staged."ORDER_CUSTOMER_HK", staged."starts", staged."LOAD_DATE", staged."RECORD_SOURCE", staged."beside 1", staged."beside 2", staged."beside 3"
  FROM "staged" AS staged
  WHERE staged."row_no" IN (SELECT "row_no" FROM "ordered")
    AND NOT EXISTS (
      SELECT 1
      FROM "told" AS told
      WHERE told."ORDER_FK" = staged."ORDER_FK"
        AND told."LOAD_DATE" = staged."LOAD_DATE"
    )
  UNION ALL
  -- What a full delivery lacks has no relationship any more.
  SELECT absent."ORDER_FK", CAST(NULL AS CHAR(32)), absent."LOAD_DATE", absent."LOAD_DATE", 'orders', CAST(NULL AS DATE), CAST(NULL AS CHAR(32)), CAST(NULL AS CHAR(32))
  FROM (
    SELECT wanted."ORDER_FK", delivered."LOAD_DATE"
    FROM "driving_keys" AS wanted
    CROSS JOIN "delivered" AS delivered
  ) AS absent
  WHERE NOT EXISTS (
      SELECT 1
      FROM "staged" AS staged
      WHERE staged."ORDER_FK" = absent."ORDER_FK"
        AND staged."LOAD_DATE" = absent."LOAD_DATE"
    )
    AND NOT EXISTS (
      SELECT 1
      FROM "told" AS told
      WHERE told."ORDER_FK" = absent."ORDER_FK"
        AND told."LOAD_DATE" = absent."LOAD_DATE"
    )
  UNION ALL
  SELECT restored."ORDER_FK", told."ORDER_CUSTOMER_HK", COALESCE(told."starts", restored."load_dt"), restored."load_dt", CASE WHEN told."ORDER_CUSTOMER_HK" IS NULL THEN 'orders' ELSE restored."load_src" END, told."beside 1", told."beside 2", told."beside 3"
  FROM "restored" AS restored
  LEFT JOIN "told" AS told
    ON told."ORDER_FK" = restored."ORDER_FK"
    AND told."LOAD_DATE" = restored."since"
  WHERE (restored."since" IS NULL OR restored."since" < restored."load_dt")
    AND NOT EXISTS (
      SELECT 1
      FROM "staged" AS staged
      WHERE staged."ORDER_FK" = restored."ORDER_FK"
        AND staged."LOAD_DATE" = restored."load_dt"
    )
),
"compared" AS (
  SELECT
    line.*,
    LAG("starts") OVER (PARTITION BY "ORDER_FK" ORDER BY "LOAD_DATE") AS "started",
    LAG("ORDER_CUSTOMER_HK") OVER (PARTITION BY "ORDER_FK" ORDER BY "LOAD_DATE") AS "held"
  FROM "line" AS line
),
"turns" AS (
  SELECT
    compared.*,
    LAG("beside 1") OVER (PARTITION BY "ORDER_FK" ORDER BY "LOAD_DATE") AS "beside it 1",
    LAG("beside 2") OVER (PARTITION BY "ORDER_FK" ORDER BY "LOAD_DATE") AS "beside it 2",
    LAG("beside 3") OVER (PARTITION BY "ORDER_FK" ORDER BY "LOAD_DATE") AS "beside it 3",
    LAG("starts") OVER (PARTITION BY "ORDER_FK" ORDER BY "LOAD_DATE") AS "since",
    LAG("RECORD_SOURCE") OVER (PARTITION BY "ORDER_FK" ORDER BY "LOAD_DATE") AS "opened_by"
  FROM "compared" AS compared
  WHERE "ORDER_CUSTOMER_HK" IS DISTINCT FROM "held"
    -- Another start of the relationship that holds ends nothing, and is said all the same.
    OR ("ORDER_CUSTOMER_HK" IS NOT NULL AND "starts" IS DISTINCT FROM "started")
),
"made" AS (
  SELECT "ORDER_CUSTOMER_HK", "starts" AS "START_DATE", TIMESTAMP '9999-12-31 00:00:00' AS "END_DATE", "LOAD_DATE", "RECORD_SOURCE", "beside 1", "beside 2", "beside 3"
  FROM "turns"
  WHERE "ORDER_CUSTOMER_HK" IS NOT NULL
  UNION ALL
  -- A late relationship that ends at a stored moment was delivered by the row that opens it.
  SELECT "held", "since", "starts", "LOAD_DATE", COALESCE("RECORD_SOURCE", "opened_by"), "beside it 1", "beside it 2", "beside it 3"
  FROM "turns"
  WHERE "held" IS NOT NULL
    AND "ORDER_CUSTOMER_HK" IS DISTINCT FROM "held"
)
SELECT "ORDER_CUSTOMER_HK", "starts" AS "START_DATE", TIMESTAMP '9999-12-31 00:00:00' AS "END_DATE", "beside 1", "beside 2", "beside 3", "LOAD_DATE", "RECORD_SOURCE"
FROM "staged"
WHERE "ORDER_CUSTOMER_HK" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "ordered")
UNION ALL
SELECT "ORDER_CUSTOMER_HK", "START_DATE", "END_DATE", "beside 1", "beside 2", "beside 3", "LOAD_DATE", "RECORD_SOURCE"
FROM "made" AS made
WHERE NOT EXISTS (
  SELECT 1
  FROM "stored" AS stored
  WHERE stored."ORDER_CUSTOMER_HK" = made."ORDER_CUSTOMER_HK"
    AND stored."LOAD_DATE" = made."LOAD_DATE"
);

SELECT "dv_meta"."put_key"('"raw_vault"."eff_sat_order"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "raw_vault"."eff_sat_order" ("ORDER_CUSTOMER_HK", "START_DATE", "END_DATE", "EFFECTIVE_FROM", "ORDER_FK", "CUSTOMER_HK", "LOAD_DATE", "RECORD_SOURCE");

-- Every version with the half-open interval [LOAD_DATE, LOAD_DATE_end) in which it was the newest known.
CREATE OR REPLACE VIEW "raw_vault"."eff_sat_order_history" AS
SELECT
  "ORDER_CUSTOMER_HK",
  "START_DATE",
  "END_DATE",
  "EFFECTIVE_FROM",
  "ORDER_FK",
  "CUSTOMER_HK",
  "LOAD_DATE",
  "RECORD_SOURCE",
  LEAD("LOAD_DATE") OVER (PARTITION BY "ORDER_CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "LOAD_DATE_end",
  LEAD("LOAD_DATE") OVER (PARTITION BY "ORDER_CUSTOMER_HK" ORDER BY "LOAD_DATE") IS NULL AS "is_current"
FROM "raw_vault"."eff_sat_order";

-- The newest version of every key.
CREATE OR REPLACE VIEW "raw_vault"."eff_sat_order_current" AS
SELECT
  "ORDER_CUSTOMER_HK",
  "START_DATE",
  "END_DATE",
  "EFFECTIVE_FROM",
  "ORDER_FK",
  "CUSTOMER_HK",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "raw_vault"."eff_sat_order_history"
WHERE "is_current";
