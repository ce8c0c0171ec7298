-- satellite s_contracts: rendered by dv-gen from metadata/orders.yml:34.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_contracts" (
  "hk_l_contracts" VARBINARY(16) NOT NULL,
  "start_dt" TIMESTAMP NOT NULL,
  "end_dt" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_contracts", "load_dt", "start_dt") DISABLED
)
ORDER BY "hk_l_contracts", "load_dt", "start_dt"
SEGMENTED BY HASH("hk_l_contracts") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

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

DROP TABLE IF EXISTS v_temp_schema."s_contracts_stored";

-- A staged row can only contradict what is stored at its load date: mostly nothing is yet.
CREATE LOCAL TEMPORARY TABLE "s_contracts_stored" ON COMMIT PRESERVE ROWS AS
SELECT "hk_l_contracts", "load_dt", "start_dt", "end_dt"
FROM "vault"."s_contracts"
WHERE "hk_l_contracts" IN (SELECT "hk_l_contracts" FROM "stage"."contracts")
  AND "load_dt" IN (SELECT "load_dt" FROM "stage"."contracts");

DROP TABLE IF EXISTS v_temp_schema."s_contracts_set_aside";

-- Of the rows of one key, load date and start the last stands for all; the others are set aside.
CREATE LOCAL TEMPORARY TABLE "s_contracts_set_aside" ON COMMIT PRESERVE ROWS AS
SELECT "hk_l_contracts", "row_no"
FROM (
  SELECT
    "hk_l_contracts",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_contracts", "load_dt", "valid_from" ORDER BY "row_no" DESC) AS "place no"
  FROM "stage"."contracts"
  WHERE "hk_l_contracts" IN (SELECT "hk_l_contracts" FROM "stage"."contracts" WHERE "hk_l_contracts" IS NOT NULL GROUP BY "hk_l_contracts", "load_dt", "valid_from" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

DROP TABLE IF EXISTS v_temp_schema."s_contracts_unkept";

CREATE LOCAL TEMPORARY TABLE "s_contracts_unkept" ON COMMIT PRESERVE ROWS AS
WITH
"ranked" AS (
  SELECT
    "row_no",
    "valid_to",
    FIRST_VALUE("valid_to") OVER (PARTITION BY "hk_l_contracts", "load_dt", "valid_from" ORDER BY "row_no" DESC) AS "winning value",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_contracts", "load_dt", "valid_from", "valid_to" ORDER BY "row_no" DESC) AS "repeat no"
  FROM "stage"."contracts"
  WHERE "hk_l_contracts" IN (SELECT "hk_l_contracts" FROM "stage"."contracts" WHERE "hk_l_contracts" IS NOT NULL GROUP BY "hk_l_contracts", "load_dt", "valid_from" HAVING COUNT(*) > 1)
)
SELECT "row_no" FROM "ranked" WHERE NOT ("valid_to" <=> "winning value") AND "repeat no" = 1
UNION
-- A set that is stored already stands, whatever else is staged for its load date.
SELECT staged."row_no"
FROM "stage"."contracts" AS staged
WHERE NOT EXISTS (
    SELECT 1
    FROM "s_contracts_set_aside" AS set_aside
    WHERE set_aside."hk_l_contracts" = staged."hk_l_contracts"
      AND set_aside."row_no" = staged."row_no"
  )
  AND EXISTS (
    SELECT 1
    FROM "s_contracts_stored" AS stored
    WHERE stored."hk_l_contracts" = staged."hk_l_contracts"
      AND stored."load_dt" = staged."load_dt"
  )
  AND staged."row_no" NOT IN (
    SELECT known."row_no"
    FROM "stage"."contracts" AS known
    JOIN "s_contracts_stored" AS stored
      ON stored."hk_l_contracts" = known."hk_l_contracts"
      AND stored."load_dt" = known."load_dt"
      AND stored."start_dt" = CAST(known."valid_from" AS TIMESTAMP)
      AND NOT (NOT (stored."end_dt" <=> known."valid_to"))
  );

DROP TABLE IF EXISTS v_temp_schema."s_contracts_load_stored";

CREATE LOCAL TEMPORARY TABLE "s_contracts_load_stored" ON COMMIT PRESERVE ROWS AS
SELECT DISTINCT "hk_l_contracts", "load_dt", "start_dt", "end_dt"
FROM "vault"."s_contracts"
WHERE "hk_l_contracts" IN (SELECT "hk_l_contracts" FROM "stage"."contracts");

DROP TABLE IF EXISTS v_temp_schema."s_contracts_ordered_keys";

-- Keys that may have several sets on their line; the set of any other key is simply new.
CREATE LOCAL TEMPORARY TABLE "s_contracts_ordered_keys" ON COMMIT PRESERVE ROWS AS
SELECT "hk_l_contracts" FROM "s_contracts_load_stored"
UNION
SELECT "hk_l_contracts" FROM "stage"."contracts" WHERE "hk_l_contracts" IS NOT NULL GROUP BY "hk_l_contracts" HAVING MIN("load_dt") < MAX("load_dt");

DROP TABLE IF EXISTS v_temp_schema."s_contracts_line";

CREATE LOCAL TEMPORARY TABLE "s_contracts_line" ON COMMIT PRESERVE ROWS AS
SELECT
  "hk_l_contracts",
  "load_dt",
  "start_dt",
  "end_dt",
  0 AS "row_no"
FROM "s_contracts_load_stored" AS "stored"
UNION ALL
SELECT "hk_l_contracts", "load_dt", CAST("valid_from" AS TIMESTAMP), "valid_to", "row_no"
FROM "stage"."contracts" AS staged
WHERE "hk_l_contracts" IN (SELECT "hk_l_contracts" FROM "s_contracts_ordered_keys")
  AND NOT EXISTS (
    SELECT 1
    FROM "s_contracts_set_aside" AS set_aside
    WHERE set_aside."hk_l_contracts" = staged."hk_l_contracts"
      AND set_aside."row_no" = staged."row_no"
  )
  -- A set that is stored already stands; staged rows that contradict it are in the rejects.
  AND NOT EXISTS (
    SELECT 1
    FROM "s_contracts_load_stored" AS stored
    WHERE stored."hk_l_contracts" = staged."hk_l_contracts"
      AND stored."load_dt" = staged."load_dt"
  );

DROP TABLE IF EXISTS v_temp_schema."s_contracts_changed";

CREATE LOCAL TEMPORARY TABLE "s_contracts_changed" ON COMMIT PRESERVE ROWS AS
WITH
"sets" AS (
  SELECT
    "hk_l_contracts",
    "load_dt",
    COUNT(*) AS "members",
    MAX("row_no") AS "row_no"
  FROM "s_contracts_line"
  GROUP BY "hk_l_contracts", "load_dt"
),
"compared" AS (
  SELECT
    "hk_l_contracts",
    "load_dt",
    "members",
    "row_no",
    LAG("load_dt") OVER (PARTITION BY "hk_l_contracts" ORDER BY "load_dt") AS "set before",
    LAG("members") OVER (PARTITION BY "hk_l_contracts" ORDER BY "load_dt") AS "members before"
  FROM "sets"
),
-- A staged set of as many members as the set before it, each of which is a member there too.
"unchanged" AS (
  SELECT compared."hk_l_contracts", compared."load_dt"
  FROM "compared" AS compared
  JOIN "s_contracts_line" AS member
    ON member."hk_l_contracts" = compared."hk_l_contracts"
    AND member."load_dt" = compared."load_dt"
  JOIN "s_contracts_line" AS earlier
    ON earlier."hk_l_contracts" = compared."hk_l_contracts"
    AND earlier."load_dt" = compared."set before"
    AND earlier."start_dt" = member."start_dt"
    AND NOT (NOT (earlier."end_dt" <=> member."end_dt"))
  WHERE compared."row_no" > 0
    AND compared."members" = compared."members before"
  GROUP BY compared."hk_l_contracts", compared."load_dt", compared."members"
  HAVING COUNT(*) = compared."members"
)
SELECT member."hk_l_contracts", member."row_no"
FROM "s_contracts_line" AS member
LEFT JOIN "unchanged" AS unchanged
  ON unchanged."hk_l_contracts" = member."hk_l_contracts"
  AND unchanged."load_dt" = member."load_dt"
WHERE member."row_no" > 0
  AND unchanged."hk_l_contracts" IS NULL;

DROP TABLE IF EXISTS v_temp_schema."s_contracts_nothing_new";

-- By key and number: where a key's rows are on one node, nothing of this leaves it.
CREATE LOCAL TEMPORARY TABLE "s_contracts_nothing_new" ON COMMIT PRESERVE ROWS AS
SELECT "hk_l_contracts", "row_no" FROM "s_contracts_set_aside"
UNION
SELECT known."hk_l_contracts", known."row_no"
FROM "stage"."contracts" AS known
WHERE known."hk_l_contracts" IN (SELECT "hk_l_contracts" FROM "s_contracts_ordered_keys")
  AND NOT EXISTS (
    SELECT 1
    FROM "s_contracts_changed" AS changed
    WHERE changed."hk_l_contracts" = known."hk_l_contracts"
      AND changed."row_no" = known."row_no"
  );

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:s_contracts')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
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
  REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') || '|' || CAST("person" AS VARCHAR(11)) || '|' || TO_CHAR("valid_from", 'YYYY-MM-DD') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("valid_to", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') AS "record"
FROM "stage"."contracts" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "s_contracts_unkept")
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
  REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') || '|' || CAST("person" AS VARCHAR(11)) || '|' || TO_CHAR("valid_from", 'YYYY-MM-DD') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("valid_to", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') AS "record"
FROM "stage"."contracts" AS staged
WHERE staged."hk_l_contracts" IS NULL;

-- The timeline rule for sets: the rows of a key at one load date are one set, which is kept whole
-- when it differs from the set before it on its key's line of stored and staged sets. Only the
-- keys of this batch are read from the satellite.
INSERT /*+LABEL('dv_gen:s_contracts')*/ INTO "vault"."s_contracts" (
  "hk_l_contracts",
  "start_dt",
  "end_dt",
  "load_dt",
  "load_src"
)
SELECT
  staged."hk_l_contracts",
  CAST(staged."valid_from" AS TIMESTAMP),
  staged."valid_to",
  staged."load_dt",
  staged."load_src"
FROM "stage"."contracts" AS staged
WHERE staged."hk_l_contracts" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "s_contracts_nothing_new" AS nothing_new
    WHERE nothing_new."hk_l_contracts" = staged."hk_l_contracts"
      AND nothing_new."row_no" = staged."row_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.s_contracts');

-- Every set with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_contracts_history" AS
SELECT
  member."hk_l_contracts",
  member."start_dt",
  member."end_dt",
  member."load_dt",
  member."load_src",
  spans."load_end_dt",
  spans."load_end_dt" IS NULL AS "is_current"
FROM "vault"."s_contracts" AS member
JOIN (
  SELECT
    "hk_l_contracts",
    "load_dt",
    LEAD("load_dt") OVER (PARTITION BY "hk_l_contracts" ORDER BY "load_dt") AS "load_end_dt"
  FROM (SELECT DISTINCT "hk_l_contracts", "load_dt" FROM "vault"."s_contracts") AS moments
) AS spans
  ON spans."hk_l_contracts" = member."hk_l_contracts"
  AND spans."load_dt" = member."load_dt";

-- All rows of every key's newest set.
CREATE OR REPLACE VIEW "vault"."s_contracts_current" AS
SELECT
  "hk_l_contracts",
  "start_dt",
  "end_dt",
  "load_dt",
  "load_src"
FROM "vault"."s_contracts_history"
WHERE "is_current";
