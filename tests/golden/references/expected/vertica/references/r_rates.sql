-- reference r_rates: rendered by dv-gen from metadata/codes.yml:21.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."r_rates" (
  "currency" VARCHAR(12) NOT NULL,
  "year" INTEGER NOT NULL,
  "rate" DECIMAL(12, 6),
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("currency", "year", "load_dt") DISABLED
)
ORDER BY "currency", "year", "load_dt"
SEGMENTED BY HASH("currency") ALL NODES;

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."currency", line."year"
  FROM (
    SELECT
      "currency", "year",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "currency", "year" ORDER BY "load_dt") AS "next"
    FROM "vault"."r_rates"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."rates"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:r_rates'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

DROP TABLE IF EXISTS v_temp_schema."r_rates_stored";

CREATE LOCAL TEMPORARY TABLE "r_rates_stored" ON COMMIT PRESERVE ROWS AS
SELECT
  stored."currency",
  stored."year",
  stored."hashdiff",
  stored."load_dt"
FROM "vault"."r_rates" AS stored
WHERE EXISTS (SELECT 1 FROM "stage"."rates" AS staged WHERE staged."currency" = stored."currency" AND staged."year" = stored."year");

DROP TABLE IF EXISTS v_temp_schema."r_rates_ranked";

-- Of the rows of one code and load date the last stands for all; the others go to the rejects.
CREATE LOCAL TEMPORARY TABLE "r_rates_ranked" ON COMMIT PRESERVE ROWS AS
SELECT
  "currency", "year",
  "hashdiff_r_rates",
  "load_dt",
  "row_no",
  FIRST_VALUE("hashdiff_r_rates") OVER (PARTITION BY "currency", "year", "load_dt" ORDER BY "row_no" DESC) AS "winner",
  ROW_NUMBER() OVER (PARTITION BY "currency", "year", "load_dt" ORDER BY "row_no" DESC) AS "place no",
  ROW_NUMBER() OVER (PARTITION BY "currency", "year", "load_dt", "hashdiff_r_rates" ORDER BY "row_no" DESC) AS "repeat"
FROM "stage"."rates"
WHERE TRIM(BOTH ' ' FROM "currency") <> '' AND "year" IS NOT NULL;

DROP TABLE IF EXISTS v_temp_schema."r_rates_candidates";

CREATE LOCAL TEMPORARY TABLE "r_rates_candidates" ON COMMIT PRESERVE ROWS AS
SELECT "currency", "year", "hashdiff_r_rates", "load_dt", "row_no"
FROM "r_rates_ranked"
WHERE "place no" = 1;

DROP TABLE IF EXISTS v_temp_schema."r_rates_unkept";

CREATE LOCAL TEMPORARY TABLE "r_rates_unkept" ON COMMIT PRESERVE ROWS AS
SELECT "row_no" FROM "r_rates_ranked" WHERE "hashdiff_r_rates" <> "winner" AND "repeat" = 1
UNION
-- A moment that is stored already stands, whatever wins among the staged rows.
SELECT candidate."row_no"
FROM "r_rates_candidates" AS candidate
JOIN "r_rates_stored" AS stored
  ON stored."currency" = candidate."currency" AND stored."year" = candidate."year"
  AND stored."load_dt" = candidate."load_dt"
WHERE stored."hashdiff" <> candidate."hashdiff_r_rates";

-- Staged rows that the table cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:r_rates')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'r_rates' AS "entity",
  'rates' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'currency, year' AS "column_name",
  'duplicate key' AS "reason",
  COALESCE(REPLACE(REPLACE("currency", '\', '\\'), '|', '\|'), '\N') || '|' || CAST("year" AS VARCHAR(11)) || '|' || COALESCE(RTRIM(RTRIM(CAST("rate" AS VARCHAR(14)), '0'), '.'), '\N') AS "record"
FROM "stage"."rates" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "r_rates_unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'r_rates' AS "entity",
  'rates' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'currency, year' AS "column_name",
  'no key' AS "reason",
  COALESCE(REPLACE(REPLACE("currency", '\', '\\'), '|', '\|'), '\N') || '|' || CAST("year" AS VARCHAR(11)) || '|' || COALESCE(RTRIM(RTRIM(CAST("rate" AS VARCHAR(14)), '0'), '.'), '\N') AS "record"
FROM "stage"."rates" AS staged
WHERE "currency" IS NULL OR TRIM(BOTH ' ' FROM "currency") = '' OR "year" IS NULL;

-- The timeline rule: a staged row is kept when it differs from the row before it on its code's
-- line of stored and staged rows. Only the codes of this batch are read from the table.
INSERT /*+LABEL('dv_gen:r_rates')*/ INTO "vault"."r_rates" (
  "currency",
  "year",
  "rate",
  "hashdiff",
  "load_dt",
  "load_src"
)
SELECT
  staged."currency",
  staged."year",
  staged."rate",
  staged."hashdiff_r_rates",
  changed."load_dt",
  staged."load_src"
FROM "stage"."rates" AS staged
JOIN (
  SELECT "row_no", "load_dt"
  FROM (
    SELECT
      "load_dt",
      "row_no",
      "hashdiff",
      LAG("hashdiff") OVER (PARTITION BY "currency", "year" ORDER BY "load_dt") AS "hashdiff before"
    FROM (
      SELECT "currency", "year", "hashdiff", "load_dt", 0 AS "row_no"
      FROM "r_rates_stored" AS "stored"
      UNION ALL
      SELECT "currency", "year", "hashdiff_r_rates", "load_dt", "row_no"
      FROM "r_rates_candidates" AS candidate
      -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
      WHERE NOT EXISTS (
        SELECT 1
        FROM "r_rates_stored" AS stored
        WHERE stored."currency" = candidate."currency" AND stored."year" = candidate."year"
          AND stored."load_dt" = candidate."load_dt"
      )
    ) AS "line"
  ) AS "compared"
  WHERE "row_no" > 0
    AND ("hashdiff before" IS NULL OR "hashdiff before" <> "hashdiff")
) AS changed ON changed."row_no" = staged."row_no";

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.r_rates');

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."r_rates_history" AS
SELECT
  "currency",
  "year",
  "rate",
  "hashdiff",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "currency", "year" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "currency", "year" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."r_rates";

-- What every code means now.
CREATE OR REPLACE VIEW "vault"."r_rates_current" AS
SELECT
  "currency",
  "year",
  "rate",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."r_rates_history"
WHERE "is_current";
