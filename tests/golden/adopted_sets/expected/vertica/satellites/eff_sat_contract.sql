-- satellite eff_sat_contract: rendered by dv-gen from metadata/model.yml:53.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."eff_sat_contract" (
  "CONTRACT_HK" CHAR(32) NOT NULL,
  "START_DATE" TIMESTAMP NOT NULL,
  "END_DATE" TIMESTAMP,
  "CHANNEL" VARCHAR(40),
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("CONTRACT_HK", "LOAD_DATE", "START_DATE") DISABLED
)
ORDER BY "CONTRACT_HK", "LOAD_DATE", "START_DATE"
SEGMENTED BY HASH("CONTRACT_HK") ALL NODES
PARTITION BY "LOAD_DATE"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("LOAD_DATE"::DATE, 3, 2);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."CONTRACT_HK"
  FROM (
    SELECT
      "CONTRACT_HK",
      "LOAD_DATE",
      LEAD("LOAD_DATE") OVER (PARTITION BY "CONTRACT_HK" ORDER BY "LOAD_DATE") AS "next"
    FROM "raw_vault"."eff_sat_contract"
  ) AS line
  JOIN (
    SELECT staged."LOAD_DATE", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "LOAD_DATE" FROM "stage"."contracts"
      GROUP BY "LOAD_DATE"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."LOAD_DATE"
    WHERE loaded."step" = 'load:eff_sat_contract'
    GROUP BY staged."LOAD_DATE"
  ) AS late ON late."LOAD_DATE" = line."LOAD_DATE"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

DROP TABLE IF EXISTS v_temp_schema."eff_sat_contract_stored";

-- A staged row can only contradict what is stored at its load date: mostly nothing is yet.
CREATE LOCAL TEMPORARY TABLE "eff_sat_contract_stored" ON COMMIT PRESERVE ROWS AS
SELECT "CONTRACT_HK", "LOAD_DATE", "START_DATE", "END_DATE"
FROM "raw_vault"."eff_sat_contract"
WHERE "CONTRACT_HK" IN (SELECT "CONTRACT_HK" FROM "stage"."contracts")
  AND "LOAD_DATE" IN (SELECT "LOAD_DATE" FROM "stage"."contracts");

DROP TABLE IF EXISTS v_temp_schema."eff_sat_contract_set_aside";

-- Of the rows of one key, load date and start the last stands for all; the others are set aside.
CREATE LOCAL TEMPORARY TABLE "eff_sat_contract_set_aside" ON COMMIT PRESERVE ROWS AS
SELECT "CONTRACT_HK", "row_no"
FROM (
  SELECT
    "CONTRACT_HK",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "CONTRACT_HK", "LOAD_DATE", "SIGNED" ORDER BY "row_no" DESC) AS "place no"
  FROM "stage"."contracts"
  WHERE "CONTRACT_HK" IN (SELECT "CONTRACT_HK" FROM "stage"."contracts" WHERE "CONTRACT_HK" IS NOT NULL GROUP BY "CONTRACT_HK", "LOAD_DATE", "SIGNED" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

DROP TABLE IF EXISTS v_temp_schema."eff_sat_contract_unkept";

CREATE LOCAL TEMPORARY TABLE "eff_sat_contract_unkept" ON COMMIT PRESERVE ROWS AS
WITH
"ranked" AS (
  SELECT
    "row_no",
    "ENDED",
    FIRST_VALUE("ENDED") OVER (PARTITION BY "CONTRACT_HK", "LOAD_DATE", "SIGNED" ORDER BY "row_no" DESC) AS "winning value",
    ROW_NUMBER() OVER (PARTITION BY "CONTRACT_HK", "LOAD_DATE", "SIGNED", "ENDED" ORDER BY "row_no" DESC) AS "repeat no"
  FROM "stage"."contracts"
  WHERE "CONTRACT_HK" IN (SELECT "CONTRACT_HK" FROM "stage"."contracts" WHERE "CONTRACT_HK" IS NOT NULL GROUP BY "CONTRACT_HK", "LOAD_DATE", "SIGNED" HAVING COUNT(*) > 1)
)
SELECT "row_no" FROM "ranked" WHERE NOT ("ENDED" <=> "winning value") AND "repeat no" = 1
UNION
-- A set that is stored already stands, whatever else is staged for its load date.
SELECT staged."row_no"
FROM "stage"."contracts" AS staged
WHERE NOT EXISTS (
    SELECT 1
    FROM "eff_sat_contract_set_aside" AS set_aside
    WHERE set_aside."CONTRACT_HK" = staged."CONTRACT_HK"
      AND set_aside."row_no" = staged."row_no"
  )
  AND EXISTS (
    SELECT 1
    FROM "eff_sat_contract_stored" AS stored
    WHERE stored."CONTRACT_HK" = staged."CONTRACT_HK"
      AND stored."LOAD_DATE" = staged."LOAD_DATE"
  )
  AND staged."row_no" NOT IN (
    SELECT known."row_no"
    FROM "stage"."contracts" AS known
    JOIN "eff_sat_contract_stored" AS stored
      ON stored."CONTRACT_HK" = known."CONTRACT_HK"
      AND stored."LOAD_DATE" = known."LOAD_DATE"
      AND stored."START_DATE" = CAST(known."SIGNED" AS TIMESTAMP)
      AND NOT (NOT (stored."END_DATE" <=> known."ENDED"))
  );

DROP TABLE IF EXISTS v_temp_schema."eff_sat_contract_load_stored";

CREATE LOCAL TEMPORARY TABLE "eff_sat_contract_load_stored" ON COMMIT PRESERVE ROWS AS
SELECT DISTINCT "CONTRACT_HK", "LOAD_DATE", "START_DATE", "END_DATE"
FROM "raw_vault"."eff_sat_contract"
WHERE "CONTRACT_HK" IN (SELECT "CONTRACT_HK" FROM "stage"."contracts");

DROP TABLE IF EXISTS v_temp_schema."eff_sat_contract_ordered_keys";

-- Keys that may have several sets on their line; the set of any other key is simply new.
CREATE LOCAL TEMPORARY TABLE "eff_sat_contract_ordered_keys" ON COMMIT PRESERVE ROWS AS
SELECT "CONTRACT_HK" FROM "eff_sat_contract_load_stored"
UNION
SELECT "CONTRACT_HK" FROM "stage"."contracts" WHERE "CONTRACT_HK" IS NOT NULL GROUP BY "CONTRACT_HK" HAVING MIN("LOAD_DATE") < MAX("LOAD_DATE");

DROP TABLE IF EXISTS v_temp_schema."eff_sat_contract_line";

CREATE LOCAL TEMPORARY TABLE "eff_sat_contract_line" ON COMMIT PRESERVE ROWS AS
SELECT
  "CONTRACT_HK",
  "LOAD_DATE",
  "START_DATE",
  "END_DATE",
  0 AS "row_no"
FROM "eff_sat_contract_load_stored" AS "stored"
UNION ALL
SELECT "CONTRACT_HK", "LOAD_DATE", CAST("SIGNED" AS TIMESTAMP), "ENDED", "row_no"
FROM "stage"."contracts" AS staged
WHERE "CONTRACT_HK" IN (SELECT "CONTRACT_HK" FROM "eff_sat_contract_ordered_keys")
  AND NOT EXISTS (
    SELECT 1
    FROM "eff_sat_contract_set_aside" AS set_aside
    WHERE set_aside."CONTRACT_HK" = staged."CONTRACT_HK"
      AND set_aside."row_no" = staged."row_no"
  )
  -- A set that is stored already stands; staged rows that contradict it are in the rejects.
  AND NOT EXISTS (
    SELECT 1
    FROM "eff_sat_contract_load_stored" AS stored
    WHERE stored."CONTRACT_HK" = staged."CONTRACT_HK"
      AND stored."LOAD_DATE" = staged."LOAD_DATE"
  );

DROP TABLE IF EXISTS v_temp_schema."eff_sat_contract_changed";

CREATE LOCAL TEMPORARY TABLE "eff_sat_contract_changed" ON COMMIT PRESERVE ROWS AS
WITH
"sets" AS (
  SELECT
    "CONTRACT_HK",
    "LOAD_DATE",
    COUNT(*) AS "members",
    MAX("row_no") AS "row_no"
  FROM "eff_sat_contract_line"
  GROUP BY "CONTRACT_HK", "LOAD_DATE"
),
"compared" AS (
  SELECT
    "CONTRACT_HK",
    "LOAD_DATE",
    "members",
    "row_no",
    LAG("LOAD_DATE") OVER (PARTITION BY "CONTRACT_HK" ORDER BY "LOAD_DATE") AS "set before",
    LAG("members") OVER (PARTITION BY "CONTRACT_HK" ORDER BY "LOAD_DATE") AS "members before"
  FROM "sets"
),
-- A staged set of as many members as the set before it, each of which is a member there too.
"unchanged" AS (
  SELECT compared."CONTRACT_HK", compared."LOAD_DATE"
  FROM "compared" AS compared
  JOIN "eff_sat_contract_line" AS member
    ON member."CONTRACT_HK" = compared."CONTRACT_HK"
    AND member."LOAD_DATE" = compared."LOAD_DATE"
  JOIN "eff_sat_contract_line" AS earlier
    ON earlier."CONTRACT_HK" = compared."CONTRACT_HK"
    AND earlier."LOAD_DATE" = compared."set before"
    AND earlier."START_DATE" = member."START_DATE"
    AND NOT (NOT (earlier."END_DATE" <=> member."END_DATE"))
  WHERE compared."row_no" > 0
    AND compared."members" = compared."members before"
  GROUP BY compared."CONTRACT_HK", compared."LOAD_DATE", compared."members"
  HAVING COUNT(*) = compared."members"
)
SELECT member."CONTRACT_HK", member."row_no"
FROM "eff_sat_contract_line" AS member
LEFT JOIN "unchanged" AS unchanged
  ON unchanged."CONTRACT_HK" = member."CONTRACT_HK"
  AND unchanged."LOAD_DATE" = member."LOAD_DATE"
WHERE member."row_no" > 0
  AND unchanged."CONTRACT_HK" IS NULL;

DROP TABLE IF EXISTS v_temp_schema."eff_sat_contract_nothing_new";

-- By key and number: where a key's rows are on one node, nothing of this leaves it.
CREATE LOCAL TEMPORARY TABLE "eff_sat_contract_nothing_new" ON COMMIT PRESERVE ROWS AS
SELECT "CONTRACT_HK", "row_no" FROM "eff_sat_contract_set_aside"
UNION
SELECT known."CONTRACT_HK", known."row_no"
FROM "stage"."contracts" AS known
WHERE known."CONTRACT_HK" IN (SELECT "CONTRACT_HK" FROM "eff_sat_contract_ordered_keys")
  AND NOT EXISTS (
    SELECT 1
    FROM "eff_sat_contract_changed" AS changed
    WHERE changed."CONTRACT_HK" = known."CONTRACT_HK"
      AND changed."row_no" = known."row_no"
  );

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:eff_sat_contract')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'eff_sat_contract' AS "entity",
  'contracts' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'CONTRACT_HK' AS "column_name",
  'duplicate key' AS "reason",
  COALESCE(REPLACE(REPLACE("ORDER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || TO_CHAR("SIGNED", 'YYYY-MM-DD') || '|' || COALESCE(TO_CHAR("ENDED", 'YYYY-MM-DD HH24:MI:SS.US'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CHANNEL", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."contracts" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "eff_sat_contract_unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'eff_sat_contract' AS "entity",
  'contracts' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'CONTRACT_HK' AS "column_name",
  'no key' AS "reason",
  COALESCE(REPLACE(REPLACE("ORDER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CUSTOMER_ID", '\', '\\'), '|', '\|'), '\N') || '|' || TO_CHAR("SIGNED", 'YYYY-MM-DD') || '|' || COALESCE(TO_CHAR("ENDED", 'YYYY-MM-DD HH24:MI:SS.US'), '\N') || '|' || COALESCE(REPLACE(REPLACE("CHANNEL", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."contracts" AS staged
WHERE staged."CONTRACT_HK" IS NULL;

-- The timeline rule for sets: the rows of a key at one load date are one set, which is kept whole
-- when it differs from the set before it on its key's line of stored and staged sets. Only the
-- keys of this batch are read from the satellite.
INSERT /*+LABEL('dv_gen:eff_sat_contract')*/ INTO "raw_vault"."eff_sat_contract" (
  "CONTRACT_HK",
  "START_DATE",
  "END_DATE",
  "CHANNEL",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
SELECT
  staged."CONTRACT_HK",
  CAST(staged."SIGNED" AS TIMESTAMP),
  staged."ENDED",
  staged."CHANNEL",
  staged."LOAD_DATE",
  staged."RECORD_SOURCE"
FROM "stage"."contracts" AS staged
WHERE staged."CONTRACT_HK" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "eff_sat_contract_nothing_new" AS nothing_new
    WHERE nothing_new."CONTRACT_HK" = staged."CONTRACT_HK"
      AND nothing_new."row_no" = staged."row_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('raw_vault.eff_sat_contract');

-- Every set with the half-open interval [LOAD_DATE, LOAD_DATE_end) in which it was the newest known.
CREATE OR REPLACE VIEW "raw_vault"."eff_sat_contract_history" AS
SELECT
  member."CONTRACT_HK",
  member."START_DATE",
  member."END_DATE",
  member."CHANNEL",
  member."LOAD_DATE",
  member."RECORD_SOURCE",
  spans."LOAD_DATE_end",
  spans."LOAD_DATE_end" IS NULL AS "is_current"
FROM "raw_vault"."eff_sat_contract" AS member
JOIN (
  SELECT
    "CONTRACT_HK",
    "LOAD_DATE",
    LEAD("LOAD_DATE") OVER (PARTITION BY "CONTRACT_HK" ORDER BY "LOAD_DATE") AS "LOAD_DATE_end"
  FROM (SELECT DISTINCT "CONTRACT_HK", "LOAD_DATE" FROM "raw_vault"."eff_sat_contract") AS moments
) AS spans
  ON spans."CONTRACT_HK" = member."CONTRACT_HK"
  AND spans."LOAD_DATE" = member."LOAD_DATE";

-- All rows of every key's newest set.
CREATE OR REPLACE VIEW "raw_vault"."eff_sat_contract_current" AS
SELECT
  "CONTRACT_HK",
  "START_DATE",
  "END_DATE",
  "CHANNEL",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "raw_vault"."eff_sat_contract_history"
WHERE "is_current";
