-- bridge bridge_contract: rendered by dv-gen from metadata/model.yml:63.
-- Edit the metadata or the templates, not this file.

-- The as-of dates that the rows are made for, also those at which no key was known yet.
CREATE TABLE IF NOT EXISTS "raw_vault"."bridge_contract_dates" (
  "as_of_dt" TIMESTAMP NOT NULL,
  PRIMARY KEY ("as_of_dt")
);

CREATE TABLE IF NOT EXISTS "raw_vault"."bridge_contract" (
  "as_of_dt" TIMESTAMP NOT NULL,
  "CUSTOMER_HK" CHAR(32) COLLATE "C" NOT NULL,
  "CONTRACT_HK" CHAR(32) COLLATE "C" NOT NULL,
  "ORDER_HK" CHAR(32) COLLATE "C" NOT NULL,
  PRIMARY KEY ("CUSTOMER_HK", "as_of_dt", "CONTRACT_HK")
);

SELECT "dv_meta"."lift_key"('"raw_vault"."bridge_contract"');

DROP TABLE IF EXISTS pg_temp."bridge_contract_at";

-- The walks that this batch may have changed: which start at which key, at which dates. From the
-- last link to the first: the keys at which walks enter the rows that are new, or lead to them.
CREATE TEMPORARY TABLE "bridge_contract_at" ON COMMIT DROP AS
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

DROP TABLE IF EXISTS pg_temp."bridge_contract_fresh";

-- These walks as they should be.
CREATE TEMPORARY TABLE "bridge_contract_fresh" ON COMMIT DROP AS
WITH
"walk 0" AS (
  SELECT "as_of_dt", "CUSTOMER_HK"
  FROM "bridge_contract_at"
),
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
    SELECT DISTINCT "as_of_dt", "CUSTOMER_HK" FROM "walk 0"
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
  FROM "walk 0" AS walk
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

DELETE FROM "raw_vault"."bridge_contract"
WHERE ("as_of_dt", "CUSTOMER_HK") IN (SELECT "as_of_dt", "CUSTOMER_HK" FROM "bridge_contract_at")
  AND ("as_of_dt", "CUSTOMER_HK", "CONTRACT_HK") NOT IN (SELECT "as_of_dt", "CUSTOMER_HK", "CONTRACT_HK" FROM "bridge_contract_fresh");

INSERT INTO "raw_vault"."bridge_contract" (
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

SELECT "dv_meta"."put_key"('"raw_vault"."bridge_contract"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "raw_vault"."bridge_contract" ("as_of_dt", "CUSTOMER_HK", "CONTRACT_HK", "ORDER_HK");

-- The walks at as-of dates that the calendar has gained.
INSERT INTO "raw_vault"."bridge_contract" (
  "as_of_dt",
  "CUSTOMER_HK",
  "CONTRACT_HK",
  "ORDER_HK"
)
WITH
"missing" AS (
  SELECT "as_of_dt"
  FROM "raw_vault"."as_of"
  WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "raw_vault"."bridge_contract_dates" WHERE EXISTS (SELECT 1 FROM "raw_vault"."bridge_contract"))
),
"walk 0" AS (
  SELECT missing."as_of_dt", start_hub."CUSTOMER_HK"
  FROM "raw_vault"."hub_customer" AS start_hub
  JOIN "missing" AS missing ON missing."as_of_dt" >= start_hub."LOAD_DATE"
  WHERE start_hub."LOAD_DATE" <= (SELECT MAX("as_of_dt") FROM "missing")
),
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
    SELECT DISTINCT "as_of_dt", "CUSTOMER_HK" FROM "walk 0"
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
  FROM "walk 0" AS walk
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

INSERT INTO "raw_vault"."bridge_contract_dates" (
  "as_of_dt"
)
SELECT "as_of_dt"
FROM "raw_vault"."as_of"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "raw_vault"."bridge_contract_dates");
