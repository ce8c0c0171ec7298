-- reference r_currencies: rendered by dv-gen from metadata/codes.yml:18.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."r_currencies" (
  "code" VARCHAR(12) NOT NULL,
  "name" VARCHAR(200),
  "hashdiff" VARBINARY(16),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("code", "load_dt") DISABLED
)
ORDER BY "code", "load_dt"
SEGMENTED BY HASH("code") ALL NODES;

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."code"
  FROM (
    SELECT
      "code",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "code" ORDER BY "load_dt") AS "next"
    FROM "vault"."r_currencies"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."currencies"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:r_currencies'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

DROP TABLE IF EXISTS v_temp_schema."r_currencies_ranked";

-- Of the rows of one code and load date the last stands for all; the others go to the rejects.
CREATE LOCAL TEMPORARY TABLE "r_currencies_ranked" ON COMMIT PRESERVE ROWS AS
SELECT
  "code",
  "hashdiff_r_currencies",
  "load_dt",
  "row_no",
  FIRST_VALUE("hashdiff_r_currencies") OVER (PARTITION BY "code", "load_dt" ORDER BY "row_no" DESC) AS "winner",
  ROW_NUMBER() OVER (PARTITION BY "code", "load_dt" ORDER BY "row_no" DESC) AS "place no",
  ROW_NUMBER() OVER (PARTITION BY "code", "load_dt", "hashdiff_r_currencies" ORDER BY "row_no" DESC) AS "repeat"
FROM "stage"."currencies"
WHERE TRIM(BOTH ' ' FROM "code") <> '';

DROP TABLE IF EXISTS v_temp_schema."r_currencies_candidates";

CREATE LOCAL TEMPORARY TABLE "r_currencies_candidates" ON COMMIT PRESERVE ROWS AS
SELECT "code", "hashdiff_r_currencies", "load_dt", "row_no"
FROM "r_currencies_ranked"
WHERE "place no" = 1;

DROP TABLE IF EXISTS v_temp_schema."r_currencies_unkept";

CREATE LOCAL TEMPORARY TABLE "r_currencies_unkept" ON COMMIT PRESERVE ROWS AS
WITH
"stored" AS (
  SELECT
    stored."code",
    stored."hashdiff",
    stored."load_dt"
  FROM "vault"."r_currencies" AS stored
  WHERE EXISTS (SELECT 1 FROM "stage"."currencies" AS staged WHERE staged."code" = stored."code")
)
SELECT "row_no" FROM "r_currencies_ranked" WHERE "hashdiff_r_currencies" <> "winner" AND "repeat" = 1
UNION
-- A moment that is stored already stands, whatever wins among the staged rows.
SELECT candidate."row_no"
FROM "r_currencies_candidates" AS candidate
JOIN "stored" AS stored
  ON stored."code" = candidate."code"
  AND stored."load_dt" = candidate."load_dt"
WHERE stored."hashdiff" <> candidate."hashdiff_r_currencies"
  -- Gone by another delivery of the same moment.
  OR stored."hashdiff" IS NULL;

DROP TABLE IF EXISTS v_temp_schema."r_currencies_stored";

CREATE LOCAL TEMPORARY TABLE "r_currencies_stored" ON COMMIT PRESERVE ROWS AS
SELECT
  stored."code",
  stored."hashdiff",
  stored."load_dt"
FROM "vault"."r_currencies" AS stored;

DROP TABLE IF EXISTS v_temp_schema."r_currencies_compared";

CREATE LOCAL TEMPORARY TABLE "r_currencies_compared" ON COMMIT PRESERVE ROWS AS
WITH
-- The load dates at which the delivery is the complete set; an empty one has that of its file.
"delivered" AS (
  SELECT "load_dt"
  FROM "stage"."currencies"
  WHERE "load_dt" IN (SELECT "load_dt" FROM "dv_meta"."delivered_whole" WHERE "source" = 'currencies')
  UNION
  SELECT "load_dt"
  FROM "dv_meta"."delivered_whole"
  WHERE "source" = 'currencies'
    AND "rows_staged" = 0
),
"line" AS (
  SELECT "code", "hashdiff", "load_dt", 0 AS "row_no"
  FROM "r_currencies_stored" AS "stored"
  UNION ALL
  SELECT "code", "hashdiff_r_currencies", "load_dt", "row_no"
  FROM "r_currencies_candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "r_currencies_stored" AS stored
    WHERE stored."code" = candidate."code"
      AND stored."load_dt" = candidate."load_dt"
  )
  UNION ALL
  -- What a full delivery lacks; whether it was there before is seen on the line.
  SELECT absent."code", CAST(NULL AS VARBINARY(16)), absent."load_dt", -1
  FROM (
    SELECT known."code", delivered."load_dt"
    FROM (
      SELECT "code" FROM "r_currencies_stored" AS "stored"
      UNION
      SELECT "code" FROM "r_currencies_candidates"
    ) AS known
    CROSS JOIN "delivered" AS delivered
  ) AS absent
  WHERE NOT EXISTS (
    SELECT 1
    FROM "stage"."currencies" AS staged
    WHERE staged."code" = absent."code"
      AND staged."load_dt" = absent."load_dt"
  )
    AND NOT EXISTS (
    SELECT 1
    FROM "r_currencies_stored" AS stored
    WHERE stored."code" = absent."code"
      AND stored."load_dt" = absent."load_dt"
  )
)
SELECT
  "code",
  "load_dt",
  "row_no",
  "hashdiff",
  LAG("hashdiff") OVER (PARTITION BY "code" ORDER BY "load_dt") AS "hashdiff before"
FROM "line";

-- Staged rows that the table cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:r_currencies')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'r_currencies' AS "entity",
  'currencies' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'code' AS "column_name",
  'duplicate key' AS "reason",
  REPLACE(REPLACE("code", '\', '\\'), '|', '\|') || '|' || COALESCE(REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."currencies" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "r_currencies_unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'r_currencies' AS "entity",
  'currencies' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'code' AS "column_name",
  'no key' AS "reason",
  REPLACE(REPLACE("code", '\', '\\'), '|', '\|') || '|' || COALESCE(REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."currencies" AS staged
WHERE "code" IS NULL OR TRIM(BOTH ' ' FROM "code") = '';

-- The timeline rule: a staged row is kept when it differs from the row before it on its code's
-- line of stored and staged rows. A code that a full delivery lacks gets a row without values.
INSERT /*+LABEL('dv_gen:r_currencies')*/ INTO "vault"."r_currencies" (
  "code",
  "name",
  "hashdiff",
  "load_dt",
  "load_src"
)
SELECT
  staged."code",
  staged."name",
  staged."hashdiff_r_currencies",
  changed."load_dt",
  staged."load_src"
FROM "stage"."currencies" AS staged
JOIN (
  SELECT "row_no", "load_dt"
  FROM "r_currencies_compared"
  WHERE "row_no" > 0
    AND ("hashdiff before" IS NULL OR "hashdiff before" <> "hashdiff")
) AS changed ON changed."row_no" = staged."row_no"
UNION ALL
SELECT
  "code",
  CAST(NULL AS VARCHAR(200)),
  "hashdiff",
  "load_dt",
  'currencies'
FROM "r_currencies_compared"
WHERE "row_no" < 0
  AND "hashdiff before" IS NOT NULL;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.r_currencies');

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."r_currencies_history" AS
-- A row without a hashdiff ends its code and is no version.
SELECT
  "code",
  "name",
  "hashdiff",
  "load_dt",
  "load_src",
  "load_end_dt",
  "is_current"
FROM (
  SELECT
    "code",
    "name",
    "hashdiff",
    "load_dt",
    "load_src",
    LEAD("load_dt") OVER (PARTITION BY "code" ORDER BY "load_dt") AS "load_end_dt",
    LEAD("load_dt") OVER (PARTITION BY "code" ORDER BY "load_dt") IS NULL AS "is_current"
  FROM "vault"."r_currencies"
) AS versions
WHERE "hashdiff" IS NOT NULL;

-- What every code means now.
CREATE OR REPLACE VIEW "vault"."r_currencies_current" AS
SELECT
  "code",
  "name",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."r_currencies_history"
WHERE "is_current";
