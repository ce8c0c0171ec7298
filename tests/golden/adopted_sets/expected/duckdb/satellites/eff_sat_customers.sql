-- satellite eff_sat_customers: rendered by dv-gen from metadata/model.yml:52.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."eff_sat_customers" (
  "ORDER_CUSTOMER_HK" CHAR(32) NOT NULL,
  "start_dt" TIMESTAMP NOT NULL,
  "end_dt" TIMESTAMP,
  "CHANNEL" VARCHAR(10),
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) NOT NULL
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

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
-- Of the rows of one relationship and load date the last stands for all.
"losers" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "ORDER_CUSTOMER_HK", "LOAD_DATE" ORDER BY "row_no" DESC) AS "place no"
    FROM "stage"."orders"
    WHERE "ORDER_HK" IS NOT NULL
      AND "ORDER_CUSTOMER_HK" IN (SELECT "ORDER_CUSTOMER_HK" FROM "stage"."orders" GROUP BY "ORDER_CUSTOMER_HK" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
),
"staged" AS (
  SELECT
    "ORDER_HK" AS "ORDER_FK",
    "ORDER_CUSTOMER_HK",
    "LOAD_DATE",
    "RECORD_SOURCE",
    "CHANNEL" AS "beside 1",
    "row_no"
  FROM "stage"."orders"
  WHERE "ORDER_HK" IS NOT NULL
    AND "row_no" NOT IN (SELECT "row_no" FROM "losers")
),
"related" AS (
  SELECT known."ORDER_FK", known."ORDER_CUSTOMER_HK"
  FROM "raw_vault"."link_order" AS known
  WHERE EXISTS (SELECT 1 FROM "staged" AS wanted WHERE wanted."ORDER_FK" = known."ORDER_FK")
),
"stored" AS (
  SELECT related."ORDER_FK", stored."ORDER_CUSTOMER_HK", stored."start_dt", stored."end_dt", stored."LOAD_DATE", stored."CHANNEL" AS "beside 1"
  FROM "raw_vault"."eff_sat_customers" AS stored
  JOIN "related" AS related ON related."ORDER_CUSTOMER_HK" = stored."ORDER_CUSTOMER_HK"
),
"stored_moments" AS (
  SELECT DISTINCT "ORDER_FK", "LOAD_DATE" FROM "stored"
),
"reached" AS (
  SELECT staged."row_no", staged."ORDER_CUSTOMER_HK", MAX(stored."LOAD_DATE") AS "LOAD_DATE"
  FROM "staged" AS staged
  JOIN "stored" AS stored
    ON stored."ORDER_CUSTOMER_HK" = staged."ORDER_CUSTOMER_HK"
    AND stored."LOAD_DATE" <= staged."LOAD_DATE"
  GROUP BY staged."row_no", staged."ORDER_CUSTOMER_HK"
),
-- Staged relationships that hold by what is stored.
"holding" AS (
  SELECT reached."row_no"
  FROM "reached" AS reached
  JOIN "stored" AS stored
    ON stored."ORDER_CUSTOMER_HK" = reached."ORDER_CUSTOMER_HK"
    AND stored."LOAD_DATE" = reached."LOAD_DATE"
  WHERE stored."end_dt" IS NULL
),
"unkept" AS (
  -- A moment that is stored already stands, whatever else is staged for it.
  SELECT staged."row_no"
  FROM "staged" AS staged
  JOIN "stored_moments" AS known
    ON known."ORDER_FK" = staged."ORDER_FK"
    AND known."LOAD_DATE" = staged."LOAD_DATE"
  WHERE staged."ORDER_CUSTOMER_HK" IS NOT NULL
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "holding")
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
  CONCAT_WS('|', COALESCE(CASE WHEN CONTAINS("ORDER_ID", '\') OR CONTAINS("ORDER_ID", '|') THEN REPLACE(REPLACE("ORDER_ID", '\', '\\'), '|', '\|') ELSE "ORDER_ID" END, '\N'), COALESCE(CASE WHEN CONTAINS("CUSTOMER_ID", '\') OR CONTAINS("CUSTOMER_ID", '|') THEN REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|') ELSE "CUSTOMER_ID" END, '\N'), STRFTIME("BOOKED_ON", '%Y-%m-%d'), COALESCE(CASE WHEN CONTAINS("CHANNEL", '\') OR CONTAINS("CHANNEL", '|') THEN REPLACE(REPLACE("CHANNEL", '\', '\\'), '|', '\|') ELSE "CHANNEL" END, '\N')) AS "record"
FROM "stage"."orders" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept")
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
  CONCAT_WS('|', COALESCE(CASE WHEN CONTAINS("ORDER_ID", '\') OR CONTAINS("ORDER_ID", '|') THEN REPLACE(REPLACE("ORDER_ID", '\', '\\'), '|', '\|') ELSE "ORDER_ID" END, '\N'), COALESCE(CASE WHEN CONTAINS("CUSTOMER_ID", '\') OR CONTAINS("CUSTOMER_ID", '|') THEN REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|') ELSE "CUSTOMER_ID" END, '\N'), STRFTIME("BOOKED_ON", '%Y-%m-%d'), COALESCE(CASE WHEN CONTAINS("CHANNEL", '\') OR CONTAINS("CHANNEL", '|') THEN REPLACE(REPLACE("CHANNEL", '\', '\\'), '|', '\|') ELSE "CHANNEL" END, '\N')) AS "record"
FROM "stage"."orders" AS staged
WHERE NOT ("ORDER_HK" IS NOT NULL);

-- A driving key has several relationships at a time: what is staged of it at a load date is all that
-- holds then. Each relationship has a line of the moments at which its driving key is stored or
-- staged; where it comes or goes, a row says so. Only the driving keys of this batch are read, and those that have ended.
INSERT INTO "raw_vault"."eff_sat_customers" (
  "ORDER_CUSTOMER_HK",
  "start_dt",
  "end_dt",
  "CHANNEL",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
WITH
-- Of the rows of one relationship and load date the last stands for all.
"losers" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "ORDER_CUSTOMER_HK", "LOAD_DATE" ORDER BY "row_no" DESC) AS "place no"
    FROM "stage"."orders"
    WHERE "ORDER_HK" IS NOT NULL
      AND "ORDER_CUSTOMER_HK" IN (SELECT "ORDER_CUSTOMER_HK" FROM "stage"."orders" GROUP BY "ORDER_CUSTOMER_HK" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
),
"staged" AS (
  SELECT
    "ORDER_HK" AS "ORDER_FK",
    "ORDER_CUSTOMER_HK",
    "LOAD_DATE",
    "RECORD_SOURCE",
    "CHANNEL" AS "beside 1",
    "row_no"
  FROM "stage"."orders"
  WHERE "ORDER_HK" IS NOT NULL
    AND "row_no" NOT IN (SELECT "row_no" FROM "losers")
),
"moments" AS (
  SELECT "ORDER_FK", "LOAD_DATE", MIN("RECORD_SOURCE") AS "RECORD_SOURCE"
  FROM "staged"
  GROUP BY "ORDER_FK", "LOAD_DATE"
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
  FROM "raw_vault"."eff_sat_customers" AS known
  JOIN (SELECT MIN("LOAD_DATE") AS "first", MAX("LOAD_DATE") AS "last" FROM "delivered") AS span ON known."LOAD_DATE" <= span."last"
  GROUP BY known."ORDER_CUSTOMER_HK"
  HAVING MAX(CASE WHEN known."end_dt" IS NULL THEN known."LOAD_DATE" END) = MAX(CASE WHEN known."end_dt" IS NULL OR known."LOAD_DATE" <= span."first" THEN known."LOAD_DATE" END)
),
"driving_keys" AS (
  SELECT "ORDER_FK" FROM "moments"
  UNION
  SELECT "ORDER_FK" FROM "raw_vault"."link_order" WHERE "ORDER_CUSTOMER_HK" IN (SELECT "ORDER_CUSTOMER_HK" FROM "open_keys")
),
"related" AS (
  SELECT known."ORDER_FK", known."ORDER_CUSTOMER_HK"
  FROM "raw_vault"."link_order" AS known
  WHERE EXISTS (SELECT 1 FROM "driving_keys" AS wanted WHERE wanted."ORDER_FK" = known."ORDER_FK")
),
"stored" AS (
  SELECT related."ORDER_FK", stored."ORDER_CUSTOMER_HK", stored."start_dt", stored."end_dt", stored."LOAD_DATE", stored."CHANNEL" AS "beside 1"
  FROM "raw_vault"."eff_sat_customers" AS stored
  JOIN "related" AS related ON related."ORDER_CUSTOMER_HK" = stored."ORDER_CUSTOMER_HK"
),
"stored_moments" AS (
  SELECT DISTINCT "ORDER_FK", "LOAD_DATE" FROM "stored"
),
-- Of each delivered moment, the next whole delivery that is known already: what it held stands.
"following" AS (
  SELECT loaded."load_dt", COALESCE(loaded."load_src", 'orders') AS "load_src"
  FROM "dv_meta"."loaded_delivery" AS loaded
  WHERE loaded."step" = 'load:eff_sat_customers'
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
      WHERE loaded."step" = 'load:eff_sat_customers'
        AND loaded."source" = 'orders'
        AND loaded."whole" = 1
      GROUP BY late."LOAD_DATE"
    )
),
"known_moments" AS (
  SELECT "ORDER_FK", "LOAD_DATE", CAST(NULL AS VARCHAR(255)) AS "RECORD_SOURCE"
  FROM "stored_moments"
  UNION ALL
  -- What the next delivery held of a driving key stands, although no row may tell it.
  SELECT wanted."ORDER_FK", following."load_dt", following."load_src"
  FROM "driving_keys" AS wanted
  CROSS JOIN "following" AS following
  LEFT JOIN "stored_moments" AS known
    ON known."ORDER_FK" = wanted."ORDER_FK"
    AND known."LOAD_DATE" = following."load_dt"
  LEFT JOIN "moments" AS moment
    ON moment."ORDER_FK" = wanted."ORDER_FK"
    AND moment."LOAD_DATE" = following."load_dt"
  WHERE known."LOAD_DATE" IS NULL
    AND moment."LOAD_DATE" IS NULL
),
-- Driving keys whose relationships have to be put on lines; those of any other simply begin.
"ordered" AS (
  SELECT "ORDER_FK" FROM "stored"
  UNION
  SELECT "ORDER_FK" FROM "moments" GROUP BY "ORDER_FK" HAVING COUNT(*) > 1
  UNION
  SELECT "ORDER_FK" FROM "moments" WHERE "LOAD_DATE" < (SELECT MAX("LOAD_DATE") FROM "delivered")
  UNION
  SELECT "ORDER_FK" FROM "moments" WHERE "LOAD_DATE" < (SELECT MAX("load_dt") FROM "following")
),
-- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
"line_moments" AS (
  SELECT "ORDER_FK", "LOAD_DATE", "RECORD_SOURCE", 1 AS "known"
  FROM "known_moments"
  UNION ALL
  SELECT moment."ORDER_FK", moment."LOAD_DATE", moment."RECORD_SOURCE", 0
  FROM "moments" AS moment
  LEFT JOIN "stored_moments" AS known
    ON known."ORDER_FK" = moment."ORDER_FK"
    AND known."LOAD_DATE" = moment."LOAD_DATE"
  WHERE known."LOAD_DATE" IS NULL
  UNION ALL
  -- What a full delivery lacks has no relationship any more.
  SELECT absent."ORDER_FK", absent."LOAD_DATE", 'orders', 0
  FROM (
    SELECT wanted."ORDER_FK", delivered."LOAD_DATE"
    FROM "driving_keys" AS wanted
    CROSS JOIN "delivered" AS delivered
  ) AS absent
  LEFT JOIN "moments" AS moment
    ON moment."ORDER_FK" = absent."ORDER_FK"
    AND moment."LOAD_DATE" = absent."LOAD_DATE"
  LEFT JOIN "stored_moments" AS known
    ON known."ORDER_FK" = absent."ORDER_FK"
    AND known."LOAD_DATE" = absent."LOAD_DATE"
  WHERE moment."LOAD_DATE" IS NULL
    AND known."LOAD_DATE" IS NULL
),
"relationships" AS (
  SELECT "ORDER_FK", "ORDER_CUSTOMER_HK" FROM "stored"
  UNION
  SELECT "ORDER_FK", "ORDER_CUSTOMER_HK" FROM "staged" WHERE "ORDER_CUSTOMER_HK" IS NOT NULL
),
-- The newest row that is stored of a relationship at a known moment of its driving key.
"reached" AS (
  SELECT stored."ORDER_CUSTOMER_HK", moment."LOAD_DATE", MAX(stored."LOAD_DATE") AS "told_at"
  FROM "known_moments" AS moment
  JOIN "stored" AS stored
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
  JOIN "ordered" AS ordered ON ordered."ORDER_FK" = related."ORDER_FK"
  JOIN "line_moments" AS moment ON moment."ORDER_FK" = related."ORDER_FK"
  LEFT JOIN "staged" AS staged
    ON staged."ORDER_CUSTOMER_HK" = related."ORDER_CUSTOMER_HK"
    AND staged."LOAD_DATE" = moment."LOAD_DATE"
    AND moment."known" = 0
  LEFT JOIN "reached" AS reached
    ON reached."ORDER_CUSTOMER_HK" = related."ORDER_CUSTOMER_HK"
    AND reached."LOAD_DATE" = moment."LOAD_DATE"
    AND moment."known" = 1
  LEFT JOIN "stored" AS stored
    ON stored."ORDER_CUSTOMER_HK" = reached."ORDER_CUSTOMER_HK"
    AND stored."LOAD_DATE" = reached."told_at"
),
"compared" AS (
  SELECT
    line.*,
    COALESCE(LAG("holds") OVER (PARTITION BY "ORDER_CUSTOMER_HK" ORDER BY "LOAD_DATE"), 0) AS "held"
  FROM "line" AS line
),
"turns" AS (
  SELECT
    compared.*,
    LAG("beside 1") OVER (PARTITION BY "ORDER_CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "beside it 1",
    LAG("starts") OVER (PARTITION BY "ORDER_CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "since",
    LAG("RECORD_SOURCE") OVER (PARTITION BY "ORDER_CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "turned_by"
  FROM "compared" AS compared
  WHERE "holds" <> "held"
),
"made" AS (
  SELECT "ORDER_CUSTOMER_HK", "starts" AS "start_dt", CAST(NULL AS TIMESTAMP) AS "end_dt", "LOAD_DATE", COALESCE("RECORD_SOURCE", "turned_by") AS "RECORD_SOURCE", "beside 1"
  FROM "turns"
  WHERE "holds" = 1
  UNION ALL
  -- What a late row has begun or ended and a stored moment turns was delivered by the late row.
  SELECT "ORDER_CUSTOMER_HK", "since", "LOAD_DATE", "LOAD_DATE", COALESCE("RECORD_SOURCE", "turned_by"), "beside it 1"
  FROM "turns"
  WHERE "holds" = 0
)
SELECT staged."ORDER_CUSTOMER_HK", staged."LOAD_DATE" AS "start_dt", CAST(NULL AS TIMESTAMP) AS "end_dt", staged."beside 1", staged."LOAD_DATE", staged."RECORD_SOURCE"
FROM "staged" AS staged
LEFT JOIN "ordered" AS ordered ON ordered."ORDER_FK" = staged."ORDER_FK"
WHERE staged."ORDER_CUSTOMER_HK" IS NOT NULL
  AND ordered."ORDER_FK" IS NULL
UNION ALL
SELECT made."ORDER_CUSTOMER_HK", made."start_dt", made."end_dt", made."beside 1", made."LOAD_DATE", made."RECORD_SOURCE"
FROM "made" AS made
LEFT JOIN "stored" AS stored
  ON stored."ORDER_CUSTOMER_HK" = made."ORDER_CUSTOMER_HK"
  AND stored."LOAD_DATE" = made."LOAD_DATE"
WHERE stored."ORDER_CUSTOMER_HK" IS NULL;

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
