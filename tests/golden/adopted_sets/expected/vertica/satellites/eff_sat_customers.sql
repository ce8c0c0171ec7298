-- satellite eff_sat_customers: rendered by dv-gen from metadata/model.yml:52.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."eff_sat_customers" (
  "ORDER_CUSTOMER_HK" CHAR(32) NOT NULL,
  "start_dt" TIMESTAMP NOT NULL,
  "end_dt" TIMESTAMP,
  "CHANNEL" VARCHAR(40),
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("ORDER_CUSTOMER_HK", "LOAD_DATE") DISABLED
)
ORDER BY "ORDER_CUSTOMER_HK", "LOAD_DATE"
SEGMENTED BY HASH("ORDER_CUSTOMER_HK") ALL NODES
PARTITION BY "LOAD_DATE"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("LOAD_DATE"::DATE, 3, 2);

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
    FROM "raw_vault"."eff_sat_customers"
  ) AS line
  JOIN (
    SELECT staged."LOAD_DATE", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "LOAD_DATE" FROM "stage"."orders"
      GROUP BY "LOAD_DATE"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."LOAD_DATE"
    WHERE loaded."step" = 'load:eff_sat_customers'
    GROUP BY staged."LOAD_DATE"
  ) AS late ON late."LOAD_DATE" = line."LOAD_DATE"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

DROP TABLE IF EXISTS v_temp_schema."eff_sat_customers_losers";

-- Of the rows of one relationship and load date the last stands for all.
CREATE LOCAL TEMPORARY TABLE "eff_sat_customers_losers" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "ORDER_CUSTOMER_HK", "LOAD_DATE" ORDER BY "row_no" DESC) AS "place no"
  FROM "stage"."orders"
  WHERE "ORDER_HK" IS NOT NULL
    AND "ORDER_CUSTOMER_HK" IN (SELECT "ORDER_CUSTOMER_HK" FROM "stage"."orders" GROUP BY "ORDER_CUSTOMER_HK" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

DROP TABLE IF EXISTS v_temp_schema."eff_sat_customers_staged";

CREATE LOCAL TEMPORARY TABLE "eff_sat_customers_staged" ON COMMIT PRESERVE ROWS AS
SELECT
  "ORDER_HK" AS "ORDER_FK",
  "ORDER_CUSTOMER_HK",
  "LOAD_DATE",
  "RECORD_SOURCE",
  "CHANNEL" AS "beside 1",
  "row_no"
FROM "stage"."orders"
WHERE "ORDER_HK" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "eff_sat_customers_losers");

DROP TABLE IF EXISTS v_temp_schema."eff_sat_customers_stored";

CREATE LOCAL TEMPORARY TABLE "eff_sat_customers_stored" ON COMMIT PRESERVE ROWS AS
WITH
"related" AS (
  SELECT known."ORDER_FK", known."ORDER_CUSTOMER_HK"
  FROM "raw_vault"."link_order" AS known
  WHERE EXISTS (SELECT 1 FROM "eff_sat_customers_staged" AS wanted WHERE wanted."ORDER_FK" = known."ORDER_FK")
)
SELECT related."ORDER_FK", stored."ORDER_CUSTOMER_HK", stored."start_dt", stored."end_dt", stored."LOAD_DATE", stored."CHANNEL" AS "beside 1"
FROM "raw_vault"."eff_sat_customers" AS stored
JOIN "related" AS related ON related."ORDER_CUSTOMER_HK" = stored."ORDER_CUSTOMER_HK";

DROP TABLE IF EXISTS v_temp_schema."eff_sat_customers_holding";

-- Staged relationships that hold by what is stored.
CREATE LOCAL TEMPORARY TABLE "eff_sat_customers_holding" ON COMMIT PRESERVE ROWS AS
WITH
"reached" AS (
  SELECT staged."row_no", staged."ORDER_CUSTOMER_HK", MAX(stored."LOAD_DATE") AS "LOAD_DATE"
  FROM "eff_sat_customers_staged" AS staged
  JOIN "eff_sat_customers_stored" AS stored
    ON stored."ORDER_CUSTOMER_HK" = staged."ORDER_CUSTOMER_HK"
    AND stored."LOAD_DATE" <= staged."LOAD_DATE"
  GROUP BY staged."row_no", staged."ORDER_CUSTOMER_HK"
)
SELECT reached."row_no"
FROM "reached" AS reached
JOIN "eff_sat_customers_stored" AS stored
  ON stored."ORDER_CUSTOMER_HK" = reached."ORDER_CUSTOMER_HK"
  AND stored."LOAD_DATE" = reached."LOAD_DATE"
WHERE stored."end_dt" IS NULL;

DROP TABLE IF EXISTS v_temp_schema."eff_sat_customers_unkept";

CREATE LOCAL TEMPORARY TABLE "eff_sat_customers_unkept" ON COMMIT PRESERVE ROWS AS
WITH
"stored_moments" AS (
  SELECT DISTINCT "ORDER_FK", "LOAD_DATE" FROM "eff_sat_customers_stored"
)
-- A moment that is stored already stands, whatever else is staged for it.
SELECT staged."row_no"
FROM "eff_sat_customers_staged" AS staged
JOIN "stored_moments" AS known
  ON known."ORDER_FK" = staged."ORDER_FK"
  AND known."LOAD_DATE" = staged."LOAD_DATE"
WHERE staged."ORDER_CUSTOMER_HK" IS NOT NULL
  AND staged."row_no" NOT IN (SELECT "row_no" FROM "eff_sat_customers_holding");

DROP TABLE IF EXISTS v_temp_schema."eff_sat_customers_moments";

CREATE LOCAL TEMPORARY TABLE "eff_sat_customers_moments" ON COMMIT PRESERVE ROWS AS
SELECT "ORDER_FK", "LOAD_DATE", MIN("RECORD_SOURCE") AS "RECORD_SOURCE"
FROM "eff_sat_customers_staged"
GROUP BY "ORDER_FK", "LOAD_DATE";

DROP TABLE IF EXISTS v_temp_schema."eff_sat_customers_delivered";

-- The load dates at which the delivery is the complete set; an empty one has that of its file.
CREATE LOCAL TEMPORARY TABLE "eff_sat_customers_delivered" ON COMMIT PRESERVE ROWS AS
SELECT "LOAD_DATE"
FROM "stage"."orders"
WHERE "LOAD_DATE" IN (SELECT "load_dt" FROM "dv_meta"."delivered_whole" WHERE "source" = 'orders')
UNION
SELECT "load_dt"
FROM "dv_meta"."delivered_whole"
WHERE "source" = 'orders'
  AND "rows_staged" = 0;

DROP TABLE IF EXISTS v_temp_schema."eff_sat_customers_open_keys";

CREATE LOCAL TEMPORARY TABLE "eff_sat_customers_open_keys" ON COMMIT PRESERVE ROWS AS
SELECT known."ORDER_CUSTOMER_HK"
FROM "raw_vault"."eff_sat_customers" AS known
JOIN (SELECT MIN("LOAD_DATE") AS "first", MAX("LOAD_DATE") AS "last" FROM "eff_sat_customers_delivered") AS span ON known."LOAD_DATE" <= span."last"
GROUP BY known."ORDER_CUSTOMER_HK"
HAVING MAX(CASE WHEN known."end_dt" IS NULL THEN known."LOAD_DATE" END) = MAX(CASE WHEN known."end_dt" IS NULL OR known."LOAD_DATE" <= span."first" THEN known."LOAD_DATE" END);

DROP TABLE IF EXISTS v_temp_schema."eff_sat_customers_driving_keys";

CREATE LOCAL TEMPORARY TABLE "eff_sat_customers_driving_keys" ON COMMIT PRESERVE ROWS AS
SELECT "ORDER_FK" FROM "eff_sat_customers_moments"
UNION
SELECT "ORDER_FK" FROM "raw_vault"."link_order" WHERE "ORDER_CUSTOMER_HK" IN (SELECT "ORDER_CUSTOMER_HK" FROM "eff_sat_customers_open_keys");

DROP TABLE IF EXISTS v_temp_schema."eff_sat_customers_load_stored";

CREATE LOCAL TEMPORARY TABLE "eff_sat_customers_load_stored" ON COMMIT PRESERVE ROWS AS
WITH
"related" AS (
  SELECT known."ORDER_FK", known."ORDER_CUSTOMER_HK"
  FROM "raw_vault"."link_order" AS known
  WHERE EXISTS (SELECT 1 FROM "eff_sat_customers_driving_keys" AS wanted WHERE wanted."ORDER_FK" = known."ORDER_FK")
)
SELECT related."ORDER_FK", stored."ORDER_CUSTOMER_HK", stored."start_dt", stored."end_dt", stored."LOAD_DATE", stored."CHANNEL" AS "beside 1"
FROM "raw_vault"."eff_sat_customers" AS stored
JOIN "related" AS related ON related."ORDER_CUSTOMER_HK" = stored."ORDER_CUSTOMER_HK";

DROP TABLE IF EXISTS v_temp_schema."eff_sat_customers_stored_moments";

CREATE LOCAL TEMPORARY TABLE "eff_sat_customers_stored_moments" ON COMMIT PRESERVE ROWS AS
SELECT DISTINCT "ORDER_FK", "LOAD_DATE" FROM "eff_sat_customers_load_stored";

DROP TABLE IF EXISTS v_temp_schema."eff_sat_customers_following";

-- Of each delivered moment, the next whole delivery that is known already: what it held stands.
CREATE LOCAL TEMPORARY TABLE "eff_sat_customers_following" ON COMMIT PRESERVE ROWS AS
SELECT loaded."load_dt", COALESCE(loaded."load_src", 'orders') AS "load_src"
FROM "dv_meta"."loaded_delivery" AS loaded
WHERE loaded."step" = 'load:eff_sat_customers'
  AND loaded."source" = 'orders'
  AND loaded."whole" = 1
  AND loaded."load_dt" NOT IN (SELECT "LOAD_DATE" FROM "eff_sat_customers_delivered")
  AND loaded."load_dt" IN (
    SELECT MIN(loaded."load_dt")
    FROM "dv_meta"."loaded_delivery" AS loaded
    JOIN (
      SELECT "LOAD_DATE" FROM "eff_sat_customers_delivered"
      UNION
      SELECT "LOAD_DATE" FROM "stage"."orders"
    ) AS late ON late."LOAD_DATE" < loaded."load_dt"
    WHERE loaded."step" = 'load:eff_sat_customers'
      AND loaded."source" = 'orders'
      AND loaded."whole" = 1
    GROUP BY late."LOAD_DATE"
  );

DROP TABLE IF EXISTS v_temp_schema."eff_sat_customers_known_moments";

CREATE LOCAL TEMPORARY TABLE "eff_sat_customers_known_moments" ON COMMIT PRESERVE ROWS AS
SELECT "ORDER_FK", "LOAD_DATE", CAST(NULL AS VARCHAR(1020)) AS "RECORD_SOURCE"
FROM "eff_sat_customers_stored_moments"
UNION ALL
-- What the next delivery held of a driving key stands, although no row may tell it.
SELECT wanted."ORDER_FK", following."load_dt", following."load_src"
FROM "eff_sat_customers_driving_keys" AS wanted
CROSS JOIN "eff_sat_customers_following" AS following
LEFT JOIN "eff_sat_customers_stored_moments" AS known
  ON known."ORDER_FK" = wanted."ORDER_FK"
  AND known."LOAD_DATE" = following."load_dt"
LEFT JOIN "eff_sat_customers_moments" AS moment
  ON moment."ORDER_FK" = wanted."ORDER_FK"
  AND moment."LOAD_DATE" = following."load_dt"
WHERE known."LOAD_DATE" IS NULL
  AND moment."LOAD_DATE" IS NULL;

DROP TABLE IF EXISTS v_temp_schema."eff_sat_customers_ordered";

-- Driving keys whose relationships have to be put on lines; those of any other simply begin.
CREATE LOCAL TEMPORARY TABLE "eff_sat_customers_ordered" ON COMMIT PRESERVE ROWS AS
SELECT "ORDER_FK" FROM "eff_sat_customers_load_stored"
UNION
SELECT "ORDER_FK" FROM "eff_sat_customers_moments" GROUP BY "ORDER_FK" HAVING COUNT(*) > 1
UNION
SELECT "ORDER_FK" FROM "eff_sat_customers_moments" WHERE "LOAD_DATE" < (SELECT MAX("LOAD_DATE") FROM "eff_sat_customers_delivered")
UNION
SELECT "ORDER_FK" FROM "eff_sat_customers_moments" WHERE "LOAD_DATE" < (SELECT MAX("load_dt") FROM "eff_sat_customers_following");

DROP TABLE IF EXISTS v_temp_schema."eff_sat_customers_turns";

CREATE LOCAL TEMPORARY TABLE "eff_sat_customers_turns" ON COMMIT PRESERVE ROWS AS
WITH
-- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
"line_moments" AS (
  SELECT "ORDER_FK", "LOAD_DATE", "RECORD_SOURCE", 1 AS "known"
  FROM "eff_sat_customers_known_moments"
  UNION ALL
  SELECT moment."ORDER_FK", moment."LOAD_DATE", moment."RECORD_SOURCE", 0
  FROM "eff_sat_customers_moments" AS moment
  LEFT JOIN "eff_sat_customers_stored_moments" AS known
    ON known."ORDER_FK" = moment."ORDER_FK"
    AND known."LOAD_DATE" = moment."LOAD_DATE"
  WHERE known."LOAD_DATE" IS NULL
  UNION ALL
  -- What a full delivery lacks has no relationship any more.
  SELECT absent."ORDER_FK", absent."LOAD_DATE", 'orders', 0
  FROM (
    SELECT wanted."ORDER_FK", delivered."LOAD_DATE"
    FROM "eff_sat_customers_driving_keys" AS wanted
    CROSS JOIN "eff_sat_customers_delivered" AS delivered
  ) AS absent
  LEFT JOIN "eff_sat_customers_moments" AS moment
    ON moment."ORDER_FK" = absent."ORDER_FK"
    AND moment."LOAD_DATE" = absent."LOAD_DATE"
  LEFT JOIN "eff_sat_customers_stored_moments" AS known
    ON known."ORDER_FK" = absent."ORDER_FK"
    AND known."LOAD_DATE" = absent."LOAD_DATE"
  WHERE moment."LOAD_DATE" IS NULL
    AND known."LOAD_DATE" IS NULL
),
"relationships" AS (
  SELECT "ORDER_FK", "ORDER_CUSTOMER_HK" FROM "eff_sat_customers_load_stored"
  UNION
  SELECT "ORDER_FK", "ORDER_CUSTOMER_HK" FROM "eff_sat_customers_staged" WHERE "ORDER_CUSTOMER_HK" IS NOT NULL
),
-- The newest row that is stored of a relationship at a known moment of its driving key.
"reached" AS (
  SELECT stored."ORDER_CUSTOMER_HK", moment."LOAD_DATE", MAX(stored."LOAD_DATE") AS "told_at"
  FROM "eff_sat_customers_known_moments" AS moment
  JOIN "eff_sat_customers_load_stored" AS stored
    ON stored."ORDER_FK" = moment."ORDER_FK"
    AND stored."LOAD_DATE" <= moment."LOAD_DATE"
  GROUP BY stored."ORDER_CUSTOMER_HK", moment."LOAD_DATE"
),
"line" AS (
  SELECT
    related."ORDER_CUSTOMER_HK",
    moment."LOAD_DATE",
    COALESCE(staged."RECORD_SOURCE", moment."RECORD_SOURCE") AS "RECORD_SOURCE",
    CASE
      WHEN moment."known" = 0 THEN CASE WHEN staged."ORDER_CUSTOMER_HK" IS NOT NULL THEN 1 ELSE 0 END
      WHEN stored."ORDER_CUSTOMER_HK" IS NOT NULL AND stored."end_dt" IS NULL THEN 1
      ELSE 0
    END AS "holds",
    CASE WHEN stored."LOAD_DATE" = moment."LOAD_DATE" THEN stored."start_dt" ELSE moment."LOAD_DATE" END AS "starts",
    CASE WHEN moment."known" = 0 THEN staged."beside 1" ELSE stored."beside 1" END AS "beside 1"
  FROM "relationships" AS related
  JOIN "eff_sat_customers_ordered" AS ordered ON ordered."ORDER_FK" = related."ORDER_FK"
  JOIN "line_moments" AS moment ON moment."ORDER_FK" = related."ORDER_FK"
  LEFT JOIN "eff_sat_customers_staged" AS staged
    ON staged."ORDER_CUSTOMER_HK" = related."ORDER_CUSTOMER_HK"
    AND staged."LOAD_DATE" = moment."LOAD_DATE"
    AND moment."known" = 0
  LEFT JOIN "reached" AS reached
    ON reached."ORDER_CUSTOMER_HK" = related."ORDER_CUSTOMER_HK"
    AND reached."LOAD_DATE" = moment."LOAD_DATE"
    AND moment."known" = 1
  LEFT JOIN "eff_sat_customers_load_stored" AS stored
    ON stored."ORDER_CUSTOMER_HK" = reached."ORDER_CUSTOMER_HK"
    AND stored."LOAD_DATE" = reached."told_at"
),
"compared" AS (
  SELECT
    line.*,
    COALESCE(LAG("holds") OVER (PARTITION BY "ORDER_CUSTOMER_HK" ORDER BY "LOAD_DATE"), 0) AS "held"
  FROM "line" AS line
)
SELECT
  compared.*,
  LAG("beside 1") OVER (PARTITION BY "ORDER_CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "beside it 1",
  LAG("starts") OVER (PARTITION BY "ORDER_CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "since",
  LAG("RECORD_SOURCE") OVER (PARTITION BY "ORDER_CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "turned_by"
FROM "compared" AS compared
WHERE "holds" <> "held";

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:eff_sat_customers')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'eff_sat_customers' AS "entity",
  'orders' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'ORDER_CUSTOMER_HK' AS "column_name",
  'duplicate key' AS "reason",
  COALESCE(REPLACE(REPLACE("ORDER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || TO_CHAR("BOOKED_ON", 'YYYY-MM-DD') || '|' || COALESCE(REPLACE(REPLACE("CHANNEL", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."orders" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "eff_sat_customers_unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'eff_sat_customers' AS "entity",
  'orders' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'ORDER_CUSTOMER_HK' AS "column_name",
  'no key' AS "reason",
  COALESCE(REPLACE(REPLACE("ORDER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || TO_CHAR("BOOKED_ON", 'YYYY-MM-DD') || '|' || COALESCE(REPLACE(REPLACE("CHANNEL", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."orders" AS staged
WHERE NOT ("ORDER_HK" IS NOT NULL);

-- A driving key has several relationships at a time: what is staged of it at a load date is all that
-- holds then. Each relationship has a line of the moments at which its driving key is stored or
-- staged; where it comes or goes, a row says so. Only the driving keys of this batch are read, and those that have ended.
INSERT /*+LABEL('dv_gen:eff_sat_customers')*/ INTO "raw_vault"."eff_sat_customers" (
  "ORDER_CUSTOMER_HK",
  "start_dt",
  "end_dt",
  "CHANNEL",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
SELECT staged."ORDER_CUSTOMER_HK", staged."LOAD_DATE" AS "start_dt", CAST(NULL AS TIMESTAMP) AS "end_dt", staged."beside 1", staged."LOAD_DATE", staged."RECORD_SOURCE"
FROM "eff_sat_customers_staged" AS staged
LEFT JOIN "eff_sat_customers_ordered" AS ordered ON ordered."ORDER_FK" = staged."ORDER_FK"
WHERE staged."ORDER_CUSTOMER_HK" IS NOT NULL
  AND ordered."ORDER_FK" IS NULL
UNION ALL
SELECT made."ORDER_CUSTOMER_HK", made."start_dt", made."end_dt", made."beside 1", made."LOAD_DATE", made."RECORD_SOURCE"
FROM (
  SELECT "ORDER_CUSTOMER_HK", "starts" AS "start_dt", CAST(NULL AS TIMESTAMP) AS "end_dt", "LOAD_DATE", COALESCE("RECORD_SOURCE", "turned_by") AS "RECORD_SOURCE", "beside 1"
  FROM "eff_sat_customers_turns"
  WHERE "holds" = 1
  UNION ALL
  -- What a late row has begun or ended and a stored moment turns was delivered by the late row.
  SELECT "ORDER_CUSTOMER_HK", "since", "LOAD_DATE", "LOAD_DATE", COALESCE("RECORD_SOURCE", "turned_by"), "beside it 1"
  FROM "eff_sat_customers_turns"
  WHERE "holds" = 0
) AS made
LEFT JOIN "eff_sat_customers_load_stored" AS stored
  ON stored."ORDER_CUSTOMER_HK" = made."ORDER_CUSTOMER_HK"
  AND stored."LOAD_DATE" = made."LOAD_DATE"
WHERE stored."ORDER_CUSTOMER_HK" IS NULL;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('raw_vault.eff_sat_customers');

-- Every version with the half-open interval [LOAD_DATE, LOAD_DATE_end) in which it was the newest known.
CREATE OR REPLACE VIEW "raw_vault"."eff_sat_customers_history" AS
SELECT
  "ORDER_CUSTOMER_HK",
  "start_dt",
  "end_dt",
  "CHANNEL",
  "LOAD_DATE",
  "RECORD_SOURCE",
  LEAD("LOAD_DATE") OVER (PARTITION BY "ORDER_CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "LOAD_DATE_end",
  LEAD("LOAD_DATE") OVER (PARTITION BY "ORDER_CUSTOMER_HK" ORDER BY "LOAD_DATE") IS NULL AS "is_current"
FROM "raw_vault"."eff_sat_customers";

-- The newest version of every key.
CREATE OR REPLACE VIEW "raw_vault"."eff_sat_customers_current" AS
SELECT
  "ORDER_CUSTOMER_HK",
  "start_dt",
  "end_dt",
  "CHANNEL",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "raw_vault"."eff_sat_customers_history"
WHERE "is_current";
