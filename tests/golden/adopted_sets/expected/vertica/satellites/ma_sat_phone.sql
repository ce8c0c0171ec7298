-- satellite ma_sat_phone: rendered by dv-gen from metadata/model.yml:30.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."ma_sat_phone" (
  "CUSTOMER_HK" CHAR(32) NOT NULL,
  "PHONE_TYPE" VARCHAR(40),
  "CUSTOMER_PHONE" VARCHAR(80),
  "EFFECTIVE_FROM" DATE,
  "PHONE_HASHDIFF" CHAR(32) NOT NULL,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(1020) NOT NULL
)
ORDER BY "CUSTOMER_HK", "LOAD_DATE", "PHONE_HASHDIFF", "PHONE_TYPE"
SEGMENTED BY HASH("CUSTOMER_HK") ALL NODES
PARTITION BY "LOAD_DATE"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("LOAD_DATE"::DATE, 3, 2);

-- Asked before the first batch only: whether the newest digests that are stored are those of the
-- rule, and of which texts they may be made. A vault that another tool has built can be loaded on
-- where they are.
SELECT
  CASE WHEN "stored digest" = UPPER(MD5(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 4")), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 2")), 'ß', 'ẞ'), ''), '^^'))) THEN 1 ELSE 0 END AS "same",
  "stored at",
  LOWER("stored digest") AS "digest",
  'PHONE_HASHDIFF' AS "digest column",
  'PHONE_TYPE' AS "name 1",
  'PHONE_TYPE' AS "column 1",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1")), 'ß', 'ẞ'), ''), '^^') AS "text 1",
  'CUSTOMER_PHONE' AS "name 2",
  'CUSTOMER_PHONE' AS "column 2",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 2")), 'ß', 'ẞ'), ''), '^^') AS "text 2",
  'BOOKED_ON' AS "name 3",
  'EFFECTIVE_FROM' AS "column 3",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 3" AS VARCHAR(10)))), 'ß', 'ẞ'), ''), '^^') AS "text 3",
  'CUSTOMER_ID' AS "name 4",
  'CUSTOMER_ID' AS "column 4",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 4")), 'ß', 'ẞ'), ''), '^^') AS "text 4",
  'RECORD_SOURCE' AS "name 5",
  'RECORD_SOURCE' AS "column 5",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 5")), 'ß', 'ẞ'), ''), '^^') AS "text 5"
FROM (
  SELECT
    held."PHONE_TYPE" AS "value 1",
    held."CUSTOMER_PHONE" AS "value 2",
    CAST(held."EFFECTIVE_FROM" AS DATE) AS "value 3",
    hub."CUSTOMER_ID" AS "value 4",
    held."RECORD_SOURCE" AS "value 5",
    held."PHONE_HASHDIFF" AS "stored digest",
    held."LOAD_DATE" AS "stored at"
  FROM "raw_vault"."ma_sat_phone" AS held
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
    FROM "raw_vault"."ma_sat_phone"
  ) AS line
  JOIN (
    SELECT staged."LOAD_DATE", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "LOAD_DATE" FROM "stage"."phones"
      GROUP BY "LOAD_DATE"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."LOAD_DATE"
    WHERE loaded."step" = 'load:ma_sat_phone'
    GROUP BY staged."LOAD_DATE"
  ) AS late ON late."LOAD_DATE" = line."LOAD_DATE"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

DROP TABLE IF EXISTS v_temp_schema."ma_sat_phone_stored";

-- A staged row can only contradict what is stored at its load date: mostly nothing is yet.
CREATE LOCAL TEMPORARY TABLE "ma_sat_phone_stored" ON COMMIT PRESERVE ROWS AS
SELECT "CUSTOMER_HK", "LOAD_DATE", "PHONE_HASHDIFF", "PHONE_TYPE"
FROM "raw_vault"."ma_sat_phone"
WHERE "CUSTOMER_HK" IN (SELECT "CUSTOMER_HK" FROM "stage"."phones")
  AND "LOAD_DATE" IN (SELECT "LOAD_DATE" FROM "stage"."phones");

DROP TABLE IF EXISTS v_temp_schema."ma_sat_phone_set_aside";

-- Of equal rows of one key and load date the last stands for all; all others are members of the set.
CREATE LOCAL TEMPORARY TABLE "ma_sat_phone_set_aside" ON COMMIT PRESERVE ROWS AS
SELECT "CUSTOMER_HK", "row_no"
FROM (
  SELECT
    "CUSTOMER_HK",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "CUSTOMER_HK", "LOAD_DATE", "HASHDIFF_ma_sat_phone", "PHONE_TYPE" ORDER BY "row_no" DESC) AS "place no"
  FROM "stage"."phones"
  WHERE "CUSTOMER_HK" IN (SELECT "CUSTOMER_HK" FROM "stage"."phones" WHERE "CUSTOMER_HK" IS NOT NULL GROUP BY "CUSTOMER_HK", "LOAD_DATE", "HASHDIFF_ma_sat_phone", "PHONE_TYPE" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

DROP TABLE IF EXISTS v_temp_schema."ma_sat_phone_unkept";

CREATE LOCAL TEMPORARY TABLE "ma_sat_phone_unkept" ON COMMIT PRESERVE ROWS AS
-- A set that is stored already stands, whatever else is staged for its load date.
SELECT staged."row_no"
FROM "stage"."phones" AS staged
WHERE NOT EXISTS (
    SELECT 1
    FROM "ma_sat_phone_set_aside" AS set_aside
    WHERE set_aside."CUSTOMER_HK" = staged."CUSTOMER_HK"
      AND set_aside."row_no" = staged."row_no"
  )
  AND EXISTS (
    SELECT 1
    FROM "ma_sat_phone_stored" AS stored
    WHERE stored."CUSTOMER_HK" = staged."CUSTOMER_HK"
      AND stored."LOAD_DATE" = staged."LOAD_DATE"
  )
  AND staged."row_no" NOT IN (
    SELECT known."row_no"
    FROM "stage"."phones" AS known
    JOIN "ma_sat_phone_stored" AS stored
      ON stored."CUSTOMER_HK" = known."CUSTOMER_HK"
      AND stored."LOAD_DATE" = known."LOAD_DATE"
      AND stored."PHONE_HASHDIFF" = known."HASHDIFF_ma_sat_phone"
      AND NOT (NOT (stored."PHONE_TYPE" <=> known."PHONE_TYPE"))
  );

DROP TABLE IF EXISTS v_temp_schema."ma_sat_phone_load_stored";

CREATE LOCAL TEMPORARY TABLE "ma_sat_phone_load_stored" ON COMMIT PRESERVE ROWS AS
SELECT DISTINCT "CUSTOMER_HK", "LOAD_DATE", "PHONE_HASHDIFF", "PHONE_TYPE"
FROM "raw_vault"."ma_sat_phone"
WHERE "CUSTOMER_HK" IN (SELECT "CUSTOMER_HK" FROM "stage"."phones");

DROP TABLE IF EXISTS v_temp_schema."ma_sat_phone_ordered_keys";

-- Keys that may have several sets on their line; the set of any other key is simply new.
CREATE LOCAL TEMPORARY TABLE "ma_sat_phone_ordered_keys" ON COMMIT PRESERVE ROWS AS
SELECT "CUSTOMER_HK" FROM "ma_sat_phone_load_stored"
UNION
SELECT "CUSTOMER_HK" FROM "stage"."phones" WHERE "CUSTOMER_HK" IS NOT NULL GROUP BY "CUSTOMER_HK" HAVING MIN("LOAD_DATE") < MAX("LOAD_DATE");

DROP TABLE IF EXISTS v_temp_schema."ma_sat_phone_line";

CREATE LOCAL TEMPORARY TABLE "ma_sat_phone_line" ON COMMIT PRESERVE ROWS AS
SELECT
  "CUSTOMER_HK",
  "LOAD_DATE",
  "PHONE_HASHDIFF",
  "PHONE_TYPE",
  0 AS "row_no"
FROM "ma_sat_phone_load_stored" AS "stored"
UNION ALL
SELECT "CUSTOMER_HK", "LOAD_DATE", "HASHDIFF_ma_sat_phone", "PHONE_TYPE", "row_no"
FROM "stage"."phones" AS staged
WHERE "CUSTOMER_HK" IN (SELECT "CUSTOMER_HK" FROM "ma_sat_phone_ordered_keys")
  AND NOT EXISTS (
    SELECT 1
    FROM "ma_sat_phone_set_aside" AS set_aside
    WHERE set_aside."CUSTOMER_HK" = staged."CUSTOMER_HK"
      AND set_aside."row_no" = staged."row_no"
  )
  -- A set that is stored already stands; staged rows that contradict it are in the rejects.
  AND NOT EXISTS (
    SELECT 1
    FROM "ma_sat_phone_load_stored" AS stored
    WHERE stored."CUSTOMER_HK" = staged."CUSTOMER_HK"
      AND stored."LOAD_DATE" = staged."LOAD_DATE"
  );

DROP TABLE IF EXISTS v_temp_schema."ma_sat_phone_changed";

CREATE LOCAL TEMPORARY TABLE "ma_sat_phone_changed" ON COMMIT PRESERVE ROWS AS
WITH
"sets" AS (
  SELECT
    "CUSTOMER_HK",
    "LOAD_DATE",
    COUNT(*) AS "members",
    MAX("row_no") AS "row_no"
  FROM "ma_sat_phone_line"
  GROUP BY "CUSTOMER_HK", "LOAD_DATE"
),
"compared" AS (
  SELECT
    "CUSTOMER_HK",
    "LOAD_DATE",
    "members",
    "row_no",
    LAG("LOAD_DATE") OVER (PARTITION BY "CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "set before",
    LAG("members") OVER (PARTITION BY "CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "members before"
  FROM "sets"
),
-- A staged set of as many members as the set before it, each of which is a member there too.
"unchanged" AS (
  SELECT compared."CUSTOMER_HK", compared."LOAD_DATE"
  FROM "compared" AS compared
  JOIN "ma_sat_phone_line" AS member
    ON member."CUSTOMER_HK" = compared."CUSTOMER_HK"
    AND member."LOAD_DATE" = compared."LOAD_DATE"
  JOIN "ma_sat_phone_line" AS earlier
    ON earlier."CUSTOMER_HK" = compared."CUSTOMER_HK"
    AND earlier."LOAD_DATE" = compared."set before"
    AND earlier."PHONE_HASHDIFF" = member."PHONE_HASHDIFF"
    AND NOT (NOT (earlier."PHONE_TYPE" <=> member."PHONE_TYPE"))
  WHERE compared."row_no" > 0
    AND compared."members" = compared."members before"
  GROUP BY compared."CUSTOMER_HK", compared."LOAD_DATE", compared."members"
  HAVING COUNT(*) = compared."members"
)
SELECT member."CUSTOMER_HK", member."row_no"
FROM "ma_sat_phone_line" AS member
LEFT JOIN "unchanged" AS unchanged
  ON unchanged."CUSTOMER_HK" = member."CUSTOMER_HK"
  AND unchanged."LOAD_DATE" = member."LOAD_DATE"
WHERE member."row_no" > 0
  AND unchanged."CUSTOMER_HK" IS NULL;

DROP TABLE IF EXISTS v_temp_schema."ma_sat_phone_nothing_new";

-- By key and number: where a key's rows are on one node, nothing of this leaves it.
CREATE LOCAL TEMPORARY TABLE "ma_sat_phone_nothing_new" ON COMMIT PRESERVE ROWS AS
SELECT "CUSTOMER_HK", "row_no" FROM "ma_sat_phone_set_aside"
UNION
SELECT known."CUSTOMER_HK", known."row_no"
FROM "stage"."phones" AS known
WHERE known."CUSTOMER_HK" IN (SELECT "CUSTOMER_HK" FROM "ma_sat_phone_ordered_keys")
  AND NOT EXISTS (
    SELECT 1
    FROM "ma_sat_phone_changed" AS changed
    WHERE changed."CUSTOMER_HK" = known."CUSTOMER_HK"
      AND changed."row_no" = known."row_no"
  );

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:ma_sat_phone')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'ma_sat_phone' AS "entity",
  'phones' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'CUSTOMER_HK' AS "column_name",
  'duplicate key' AS "reason",
  COALESCE(REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("PHONE_TYPE", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_PHONE", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(TO_CHAR("BOOKED_ON", 'YYYY-MM-DD'), '\N') AS "record"
FROM "stage"."phones" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "ma_sat_phone_unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'ma_sat_phone' AS "entity",
  'phones' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'CUSTOMER_HK' AS "column_name",
  'no key' AS "reason",
  COALESCE(REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("PHONE_TYPE", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_PHONE", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(TO_CHAR("BOOKED_ON", 'YYYY-MM-DD'), '\N') AS "record"
FROM "stage"."phones" AS staged
WHERE staged."CUSTOMER_HK" IS NULL;

-- The timeline rule for sets: the rows of a key at one load date are one set, which is kept whole
-- when it differs from the set before it on its key's line of stored and staged sets. Only the
-- keys of this batch are read from the satellite.
INSERT /*+LABEL('dv_gen:ma_sat_phone')*/ INTO "raw_vault"."ma_sat_phone" (
  "CUSTOMER_HK",
  "PHONE_TYPE",
  "CUSTOMER_PHONE",
  "EFFECTIVE_FROM",
  "PHONE_HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
SELECT
  staged."CUSTOMER_HK",
  staged."PHONE_TYPE",
  staged."CUSTOMER_PHONE",
  staged."BOOKED_ON",
  staged."HASHDIFF_ma_sat_phone",
  staged."LOAD_DATE",
  staged."RECORD_SOURCE"
FROM "stage"."phones" AS staged
WHERE staged."CUSTOMER_HK" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "ma_sat_phone_nothing_new" AS nothing_new
    WHERE nothing_new."CUSTOMER_HK" = staged."CUSTOMER_HK"
      AND nothing_new."row_no" = staged."row_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('raw_vault.ma_sat_phone');

-- Every set with the half-open interval [LOAD_DATE, LOAD_DATE_end) in which it was the newest known.
CREATE OR REPLACE VIEW "raw_vault"."ma_sat_phone_history" AS
SELECT
  member."CUSTOMER_HK",
  member."PHONE_TYPE",
  member."CUSTOMER_PHONE",
  member."EFFECTIVE_FROM",
  member."PHONE_HASHDIFF",
  member."LOAD_DATE",
  member."RECORD_SOURCE",
  spans."LOAD_DATE_end",
  spans."LOAD_DATE_end" IS NULL AS "is_current"
FROM "raw_vault"."ma_sat_phone" AS member
JOIN (
  SELECT
    "CUSTOMER_HK",
    "LOAD_DATE",
    LEAD("LOAD_DATE") OVER (PARTITION BY "CUSTOMER_HK" ORDER BY "LOAD_DATE") AS "LOAD_DATE_end"
  FROM (SELECT DISTINCT "CUSTOMER_HK", "LOAD_DATE" FROM "raw_vault"."ma_sat_phone") AS moments
) AS spans
  ON spans."CUSTOMER_HK" = member."CUSTOMER_HK"
  AND spans."LOAD_DATE" = member."LOAD_DATE";

-- All rows of every key's newest set.
CREATE OR REPLACE VIEW "raw_vault"."ma_sat_phone_current" AS
SELECT
  "CUSTOMER_HK",
  "PHONE_TYPE",
  "CUSTOMER_PHONE",
  "EFFECTIVE_FROM",
  "PHONE_HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "raw_vault"."ma_sat_phone_history"
WHERE "is_current";
