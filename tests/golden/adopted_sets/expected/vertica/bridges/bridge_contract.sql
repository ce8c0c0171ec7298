-- bridge bridge_contract: rendered by dv-gen from metadata/model.yml:63.
-- Edit the metadata or the templates, not this file.

-- The as-of dates that the rows are made for, also those at which no key was known yet.
CREATE TABLE IF NOT EXISTS "raw_vault"."bridge_contract_dates" (
  "as_of_dt" TIMESTAMP NOT NULL,
  PRIMARY KEY ("as_of_dt") DISABLED
)
ORDER BY "as_of_dt"
UNSEGMENTED ALL NODES;

CREATE TABLE IF NOT EXISTS "raw_vault"."bridge_contract" (
  "as_of_dt" TIMESTAMP NOT NULL,
  "CUSTOMER_HK" CHAR(32) NOT NULL,
  "CONTRACT_HK" CHAR(32) NOT NULL,
  "ORDER_HK" CHAR(32) NOT NULL,
  PRIMARY KEY ("CUSTOMER_HK", "as_of_dt", "CONTRACT_HK") DISABLED
)
ORDER BY "CUSTOMER_HK", "as_of_dt", "CONTRACT_HK"
SEGMENTED BY HASH("CUSTOMER_HK") ALL NODES
PARTITION BY "as_of_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("as_of_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."bridge_contract_at";

-- The walks that this batch may have changed: which start at which key, at which dates. From the
-- last link to the first: the keys at which walks enter the rows that are new, or lead to them.
CREATE LOCAL TEMPORARY TABLE "bridge_contract_at" ON COMMIT PRESERVE ROWS AS
WITH
"batch_start" AS (
  SELECT MIN("LOAD_DATE") AS "LOAD_DATE"
  FROM (
    SELECT "load_dt" AS "LOAD_DATE"
    FROM "dv_meta"."batch"
    WHERE "batch_id" IN (SELECT "batch_id" FROM "dv_meta"."open_batch")
    UNION ALL
    SELECT "load_dt"
    FROM "dv_meta"."batch_file"
    WHERE "batch_id" IN (SELECT "batch_id" FROM "dv_meta"."open_batch")
    UNION ALL
    SELECT "LOAD_DATE" FROM "stage"."contracts"
  ) AS delivered
),
"changed link_contract" AS (
  SELECT "CUSTOMER_HK" AS "entered", "LOAD_DATE"
  FROM "stage"."contracts"
  WHERE "CONTRACT_HK" IS NOT NULL
    AND "LOAD_DATE" <= (SELECT MAX("as_of_dt") FROM "raw_vault"."bridge_contract_dates" WHERE EXISTS (SELECT 1 FROM "raw_vault"."bridge_contract"))
  UNION ALL
  SELECT link."CUSTOMER_HK", state."LOAD_DATE"
  FROM "raw_vault"."eff_sat_contract" AS state
  JOIN "raw_vault"."link_contract" AS link
    ON link."CONTRACT_HK" = state."CONTRACT_HK"
  WHERE state."LOAD_DATE" >= (SELECT "LOAD_DATE" FROM "batch_start")
    AND state."LOAD_DATE" <= (SELECT MAX("as_of_dt") FROM "raw_vault"."bridge_contract_dates" WHERE EXISTS (SELECT 1 FROM "raw_vault"."bridge_contract"))
),
"touched" AS (
  SELECT "entered" AS "CUSTOMER_HK", MIN("LOAD_DATE") AS "LOAD_DATE"
  FROM (
    SELECT "entered", "LOAD_DATE" FROM "changed link_contract"
  ) AS changed
  GROUP BY "entered"
)
SELECT held."as_of_dt", start_hub."CUSTOMER_HK"
FROM "touched" AS touched
JOIN "raw_vault"."hub_customer" AS start_hub
  ON start_hub."CUSTOMER_HK" = touched."CUSTOMER_HK"
JOIN "raw_vault"."bridge_contract_dates" AS held
  ON held."as_of_dt" >= touched."LOAD_DATE"
  AND held."as_of_dt" >= start_hub."LOAD_DATE";

DROP TABLE IF EXISTS v_temp_schema."bridge_contract_fresh";

DROP TABLE IF EXISTS v_temp_schema."bridge_contract_walk_0";

CREATE LOCAL TEMPORARY TABLE "bridge_contract_walk_0" ON COMMIT PRESERVE ROWS AS
SELECT "as_of_dt", "CUSTOMER_HK"
FROM "bridge_contract_at";

-- These walks as they should be.
CREATE LOCAL TEMPORARY TABLE "bridge_contract_fresh" ON COMMIT PRESERVE ROWS AS
WITH
-- The state of each relationship as it was known at the date.
"state 1" AS (
  SELECT
    walk."as_of_dt",
    walk."CUSTOMER_HK",
    state."CONTRACT_HK",
    state."START_DATE",
    state."END_DATE",
    RANK() OVER (PARTITION BY walk."as_of_dt", state."CONTRACT_HK" ORDER BY state."LOAD_DATE" DESC) AS "place no"
  FROM (
    SELECT DISTINCT "as_of_dt", "CUSTOMER_HK" FROM "bridge_contract_walk_0"
  ) AS walk
  JOIN "raw_vault"."link_contract" AS link
    ON link."CUSTOMER_HK" = walk."CUSTOMER_HK"
  JOIN "raw_vault"."eff_sat_contract" AS state
    ON state."CONTRACT_HK" = link."CONTRACT_HK"
    AND state."LOAD_DATE" <= walk."as_of_dt"
),
-- The relationships that hold at the date, by any of the periods known of them.
"holding 1" AS (
  SELECT DISTINCT state."as_of_dt", state."CUSTOMER_HK", state."CONTRACT_HK"
  FROM "state 1" AS state
  WHERE state."place no" = 1
    AND state."START_DATE" <= state."as_of_dt"
    AND (state."END_DATE" IS NULL OR state."END_DATE" > state."as_of_dt")
),
"walk 1" AS (
  SELECT
    walk.*,
    link."CONTRACT_HK",
    link."ORDER_HK"
  FROM "bridge_contract_walk_0" AS walk
  JOIN "raw_vault"."link_contract" AS link
    ON link."CUSTOMER_HK" = walk."CUSTOMER_HK"
  JOIN "holding 1" AS state
    ON state."CONTRACT_HK" = link."CONTRACT_HK"
    AND state."CUSTOMER_HK" = walk."CUSTOMER_HK"
    AND state."as_of_dt" = walk."as_of_dt"
)
SELECT
  "as_of_dt",
  "CUSTOMER_HK",
  "CONTRACT_HK",
  "ORDER_HK"
FROM "walk 1";

DELETE /*+LABEL('dv_gen:bridge_contract')*/ FROM "raw_vault"."bridge_contract"
WHERE ("as_of_dt", "CUSTOMER_HK") IN (SELECT "as_of_dt", "CUSTOMER_HK" FROM "bridge_contract_at")
  AND ("as_of_dt", "CUSTOMER_HK", "CONTRACT_HK") NOT IN (SELECT "as_of_dt", "CUSTOMER_HK", "CONTRACT_HK" FROM "bridge_contract_fresh");

INSERT /*+LABEL('dv_gen:bridge_contract')*/ INTO "raw_vault"."bridge_contract" (
  "as_of_dt",
  "CUSTOMER_HK",
  "CONTRACT_HK",
  "ORDER_HK"
)
SELECT
  fresh."as_of_dt",
  fresh."CUSTOMER_HK",
  fresh."CONTRACT_HK",
  fresh."ORDER_HK"
FROM "bridge_contract_fresh" AS fresh
LEFT JOIN (
  SELECT "as_of_dt", "CUSTOMER_HK", "CONTRACT_HK"
  FROM "raw_vault"."bridge_contract"
  WHERE "CUSTOMER_HK" IN (SELECT "CUSTOMER_HK" FROM "bridge_contract_at")
) AS held
  ON held."as_of_dt" = fresh."as_of_dt"
  AND held."CUSTOMER_HK" = fresh."CUSTOMER_HK"
  AND held."CONTRACT_HK" = fresh."CONTRACT_HK"
WHERE held."as_of_dt" IS NULL;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('raw_vault.bridge_contract');

DROP TABLE IF EXISTS v_temp_schema."bridge_contract_missing";

CREATE LOCAL TEMPORARY TABLE "bridge_contract_missing" ON COMMIT PRESERVE ROWS AS
SELECT "as_of_dt"
FROM "raw_vault"."as_of"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "raw_vault"."bridge_contract_dates" WHERE EXISTS (SELECT 1 FROM "raw_vault"."bridge_contract"));

DROP TABLE IF EXISTS v_temp_schema."bridge_contract_build_walk_0";

CREATE LOCAL TEMPORARY TABLE "bridge_contract_build_walk_0" ON COMMIT PRESERVE ROWS AS
SELECT missing."as_of_dt", start_hub."CUSTOMER_HK"
FROM "raw_vault"."hub_customer" AS start_hub
JOIN "bridge_contract_missing" AS missing ON missing."as_of_dt" >= start_hub."LOAD_DATE"
WHERE start_hub."LOAD_DATE" <= (SELECT MAX("as_of_dt") FROM "bridge_contract_missing" AS "missing");

-- The walks at as-of dates that the calendar has gained.
INSERT /*+LABEL('dv_gen:bridge_contract')*/ INTO "raw_vault"."bridge_contract" (
  "as_of_dt",
  "CUSTOMER_HK",
  "CONTRACT_HK",
  "ORDER_HK"
)
SELECT
  "as_of_dt",
  "CUSTOMER_HK",
  "CONTRACT_HK",
  "ORDER_HK"
FROM (
  SELECT
    walk.*,
    link."CONTRACT_HK",
    link."ORDER_HK"
  FROM "bridge_contract_build_walk_0" AS walk
  JOIN "raw_vault"."link_contract" AS link
    ON link."CUSTOMER_HK" = walk."CUSTOMER_HK"
  JOIN (
    -- The relationships that hold at the date, by any of the periods known of them.
    SELECT DISTINCT state."as_of_dt", state."CUSTOMER_HK", state."CONTRACT_HK"
    FROM (
      -- The state of each relationship as it was known at the date.
      SELECT
        walk."as_of_dt",
        walk."CUSTOMER_HK",
        state."CONTRACT_HK",
        state."START_DATE",
        state."END_DATE",
        RANK() OVER (PARTITION BY walk."as_of_dt", state."CONTRACT_HK" ORDER BY state."LOAD_DATE" DESC) AS "place no"
      FROM (
        SELECT DISTINCT "as_of_dt", "CUSTOMER_HK" FROM "bridge_contract_build_walk_0"
      ) AS walk
      JOIN "raw_vault"."link_contract" AS link
        ON link."CUSTOMER_HK" = walk."CUSTOMER_HK"
      JOIN "raw_vault"."eff_sat_contract" AS state
        ON state."CONTRACT_HK" = link."CONTRACT_HK"
        AND state."LOAD_DATE" <= walk."as_of_dt"
    ) AS state
    WHERE state."place no" = 1
      AND state."START_DATE" <= state."as_of_dt"
      AND (state."END_DATE" IS NULL OR state."END_DATE" > state."as_of_dt")
  ) AS state
    ON state."CONTRACT_HK" = link."CONTRACT_HK"
    AND state."CUSTOMER_HK" = walk."CUSTOMER_HK"
    AND state."as_of_dt" = walk."as_of_dt"
) AS "walk 1";

INSERT /*+LABEL('dv_gen:bridge_contract_dates')*/ INTO "raw_vault"."bridge_contract_dates" (
  "as_of_dt"
)
SELECT "as_of_dt"
FROM "raw_vault"."as_of"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "raw_vault"."bridge_contract_dates");
