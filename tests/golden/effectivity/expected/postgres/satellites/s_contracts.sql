-- satellite s_contracts: rendered by dv-gen from metadata/orders.yml:34.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_contracts" (
  "hk_l_contracts" UUID NOT NULL,
  "start_dt" TIMESTAMP NOT NULL,
  "end_dt" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_contracts", "load_dt")
);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_l_contracts"
  FROM (
    SELECT
      "hk_l_contracts",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "hk_l_contracts" ORDER BY "load_dt") AS "next"
    FROM "vault"."s_contracts"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."contracts"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:s_contracts'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

SELECT "dv_meta"."lift_key"('"vault"."s_contracts"');

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"ranked" AS (
  SELECT
    "row_no",
    CAST("valid_from" AS TIMESTAMP) AS "own_start",
    "valid_to" AS "own_end",
    FIRST_VALUE(CAST("valid_from" AS TIMESTAMP)) OVER (PARTITION BY "hk_l_contracts", "load_dt" ORDER BY "row_no" DESC) AS "winning_start",
    FIRST_VALUE("valid_to") OVER (PARTITION BY "hk_l_contracts", "load_dt" ORDER BY "row_no" DESC) AS "winning_end",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_contracts", "load_dt" ORDER BY "row_no" DESC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_contracts", "load_dt", CAST("valid_from" AS TIMESTAMP), "valid_to" ORDER BY "row_no" DESC) AS "repeat"
  FROM "stage"."contracts"
  WHERE "hk_l_contracts" IS NOT NULL
    AND "row_no" IN (SELECT "row_no" FROM "stage"."contracts_repeats")
),
"unkept" AS (
  SELECT "row_no"
  FROM "ranked"
  WHERE ("own_start" IS DISTINCT FROM "winning_start" OR "own_end" IS DISTINCT FROM "winning_end")
    AND "repeat" = 1
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT staged."row_no"
  FROM "stage"."contracts" AS staged
  JOIN "vault"."s_contracts" AS stored
    ON stored."hk_l_contracts" = staged."hk_l_contracts"
    AND stored."load_dt" = staged."load_dt"
  WHERE (stored."start_dt" IS DISTINCT FROM CAST(staged."valid_from" AS TIMESTAMP) OR stored."end_dt" IS DISTINCT FROM staged."valid_to")
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "ranked" WHERE "place no" > 1)
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_contracts' AS "entity",
  'contracts' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_l_contracts' AS "column_name",
  'duplicate key' AS "reason",
  REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') || '|' || CAST("person" AS TEXT) || '|' || CAST("valid_from" AS TEXT) || '|' || COALESCE(CAST("valid_to" AS TEXT), '\N') AS "record"
FROM "stage"."contracts" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_contracts' AS "entity",
  'contracts' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_l_contracts' AS "column_name",
  'no key' AS "reason",
  REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') || '|' || CAST("person" AS TEXT) || '|' || CAST("valid_from" AS TEXT) || '|' || COALESCE(CAST("valid_to" AS TEXT), '\N') AS "record"
FROM "stage"."contracts" AS staged
WHERE staged."hk_l_contracts" IS NULL;

-- The source's own dates: a staged row is kept when its start or end differs from the row before
-- it on its relationship's line of stored and staged rows.
INSERT INTO "vault"."s_contracts" (
  "hk_l_contracts",
  "start_dt",
  "end_dt",
  "load_dt",
  "load_src"
)
WITH
"stored" AS (
  SELECT "hk_l_contracts", "start_dt", "end_dt", "load_dt"
  FROM "vault"."s_contracts"
  WHERE "hk_l_contracts" IN (SELECT "hk_l_contracts" FROM "stage"."contracts")
),
-- Of the rows of one relationship and load date the last stands for all; the others go to the rejects.
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_contracts", "load_dt" ORDER BY "row_no" DESC) AS "place no"
    FROM "stage"."contracts"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."contracts_repeats")
  ) AS placed
  WHERE "place no" > 1
),
"staged" AS (
  SELECT
    "hk_l_contracts",
    CAST("valid_from" AS TIMESTAMP) AS "start_dt",
    "valid_to" AS "end_dt",
    "load_dt",
    "load_src",
    "row_no"
  FROM "stage"."contracts"
  WHERE "hk_l_contracts" IS NOT NULL
    AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
),
"line" AS (
  SELECT "hk_l_contracts", "start_dt", "end_dt", "load_dt", 0 AS "row_no"
  FROM "stored"
  UNION ALL
  SELECT staged."hk_l_contracts", staged."start_dt", staged."end_dt", staged."load_dt", staged."row_no"
  FROM "staged" AS staged
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "stored" AS stored
    WHERE stored."hk_l_contracts" = staged."hk_l_contracts"
      AND stored."load_dt" = staged."load_dt"
  )
),
"compared" AS (
  SELECT
    line.*,
    LAG("start_dt") OVER (PARTITION BY "hk_l_contracts" ORDER BY "load_dt") AS "start_before",
    LAG("end_dt") OVER (PARTITION BY "hk_l_contracts" ORDER BY "load_dt") AS "end_before"
  FROM "line" AS line
)
SELECT
  "hk_l_contracts",
  "start_dt",
  "end_dt",
  "load_dt",
  "load_src"
FROM "staged"
WHERE "row_no" IN (
  SELECT "row_no"
  FROM "compared"
  WHERE "start_dt" IS DISTINCT FROM "start_before"
    OR "end_dt" IS DISTINCT FROM "end_before"
);

SELECT "dv_meta"."put_key"('"vault"."s_contracts"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."s_contracts" ("hk_l_contracts", "start_dt", "end_dt", "load_dt", "load_src");

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_contracts_history" AS
SELECT
  "hk_l_contracts",
  "start_dt",
  "end_dt",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_l_contracts" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_l_contracts" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."s_contracts";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_contracts_current" AS
SELECT
  "hk_l_contracts",
  "start_dt",
  "end_dt",
  "load_dt",
  "load_src"
FROM "vault"."s_contracts_history"
WHERE "is_current";
