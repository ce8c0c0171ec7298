-- satellite s_first: rendered by dv-gen from metadata/customers.yml:21.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_first" (
  "hk_customer_no" VARBINARY(16) NOT NULL,
  "name" VARCHAR(400),
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_customer_no", "load_dt") DISABLED
)
ORDER BY "hk_customer_no", "load_dt"
SEGMENTED BY HASH("hk_customer_no") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_customer_no"
  FROM (
    SELECT
      "hk_customer_no",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "hk_customer_no" ORDER BY "load_dt") AS "next"
    FROM "vault"."s_first"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."shop"
      UNION
      SELECT "load_dt" FROM "stage"."crm"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:s_first'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

DROP TABLE IF EXISTS v_temp_schema."s_first_staged";

CREATE LOCAL TEMPORARY TABLE "s_first_staged" ON COMMIT PRESERVE ROWS AS
SELECT
  "hk_customer_no",
  "name",
  "hashdiff_s_first" AS "hashdiff",
  "load_dt",
  "load_src",
  1 AS "source no",
  "row_no" AS "row no"
FROM "stage"."shop"
WHERE "hk_customer_no" IS NOT NULL
UNION ALL
SELECT
  "hk_customer_no",
  "name",
  "hashdiff_s_first" AS "hashdiff",
  "load_dt",
  "load_src",
  2 AS "source no",
  "row_no" AS "row no"
FROM "stage"."crm"
WHERE "hk_customer_no" IS NOT NULL;

DROP TABLE IF EXISTS v_temp_schema."s_first_stored";

CREATE LOCAL TEMPORARY TABLE "s_first_stored" ON COMMIT PRESERVE ROWS AS
SELECT
  "hk_customer_no",
  "hashdiff",
  "load_dt"
FROM "vault"."s_first"
WHERE "hk_customer_no" IN (SELECT "hk_customer_no" FROM "s_first_staged");

DROP TABLE IF EXISTS v_temp_schema."s_first_ranked";

CREATE LOCAL TEMPORARY TABLE "s_first_ranked" ON COMMIT PRESERVE ROWS AS
SELECT
  "hk_customer_no",
  "hashdiff",
  "load_dt",
  "source no", "row no",
  ROW_NUMBER() OVER (PARTITION BY "hk_customer_no", "load_dt" ORDER BY "source no" ASC, "row no" ASC) AS "place no",
  ROW_NUMBER() OVER (PARTITION BY "hk_customer_no", "load_dt", "hashdiff" ORDER BY "source no" DESC, "row no" DESC) AS "repeat no"
FROM "s_first_staged"
WHERE "hk_customer_no" IN (SELECT "hk_customer_no" FROM "s_first_staged" GROUP BY "hk_customer_no" HAVING COUNT(*) > 1);

DROP TABLE IF EXISTS v_temp_schema."s_first_unkept";

CREATE LOCAL TEMPORARY TABLE "s_first_unkept" ON COMMIT PRESERVE ROWS AS
SELECT ranked."source no", ranked."row no"
FROM "s_first_ranked" AS ranked
JOIN "s_first_ranked" AS winner
  ON winner."hk_customer_no" = ranked."hk_customer_no"
  AND winner."load_dt" = ranked."load_dt"
WHERE winner."place no" = 1
  AND ranked."repeat no" = 1
  AND NOT (ranked."hashdiff" <=> winner."hashdiff")
UNION
-- A moment that is stored already stands, whatever wins among the staged rows.
SELECT staged."source no", staged."row no"
FROM "s_first_staged" AS staged
JOIN "s_first_stored" AS stored
  ON stored."hk_customer_no" = staged."hk_customer_no"
  AND stored."load_dt" = staged."load_dt"
WHERE NOT (stored."hashdiff" <=> staged."hashdiff")
  AND NOT EXISTS (
    SELECT 1
    FROM "s_first_ranked" AS ranked
    WHERE ranked."source no" = staged."source no" AND ranked."row no" = staged."row no"
      AND ranked."place no" > 1
  );

DROP TABLE IF EXISTS v_temp_schema."s_first_ordered_keys";

-- Keys that are stored already or staged more than once; any other row is simply new.
CREATE LOCAL TEMPORARY TABLE "s_first_ordered_keys" ON COMMIT PRESERVE ROWS AS
SELECT "hk_customer_no" FROM "s_first_stored"
UNION
SELECT "hk_customer_no" FROM "s_first_staged" GROUP BY "hk_customer_no" HAVING COUNT(*) > 1;

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:s_first')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_first' AS "entity",
  'shop' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_customer_no' AS "column_name",
  'duplicate key' AS "reason",
  REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') || '|' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|') || '|' || COALESCE(CAST("age" AS VARCHAR(11)), '\N') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("seen_at", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') AS "record"
FROM "stage"."shop" AS staged
WHERE staged."row_no" IN (SELECT "row no" FROM "s_first_unkept" WHERE "source no" = 1)
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_first' AS "entity",
  'shop' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_customer_no' AS "column_name",
  'no key' AS "reason",
  REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') || '|' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|') || '|' || COALESCE(CAST("age" AS VARCHAR(11)), '\N') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("seen_at", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') AS "record"
FROM "stage"."shop" AS staged
WHERE staged."hk_customer_no" IS NULL
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_first' AS "entity",
  'crm' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_customer_no' AS "column_name",
  'duplicate key' AS "reason",
  COALESCE(REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("age" AS VARCHAR(6)), '\N') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("seen_at", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') AS "record"
FROM "stage"."crm" AS staged
WHERE staged."row_no" IN (SELECT "row no" FROM "s_first_unkept" WHERE "source no" = 2)
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_first' AS "entity",
  'crm' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_customer_no' AS "column_name",
  'no key' AS "reason",
  COALESCE(REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("age" AS VARCHAR(6)), '\N') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("seen_at", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') AS "record"
FROM "stage"."crm" AS staged
WHERE staged."hk_customer_no" IS NULL;

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT /*+LABEL('dv_gen:s_first')*/ INTO "vault"."s_first" (
  "hk_customer_no",
  "name",
  "hashdiff",
  "load_dt",
  "load_src"
)
SELECT
  "hk_customer_no",
  "name",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "s_first_staged" AS "staged"
WHERE "hk_customer_no" NOT IN (SELECT "hk_customer_no" FROM "s_first_ordered_keys")
UNION ALL
SELECT
  staged."hk_customer_no",
  staged."name",
  staged."hashdiff",
  changed."load_dt",
  staged."load_src"
FROM "s_first_staged" AS staged
-- By the key too: where a key's rows are on one node, nothing of this leaves it.
JOIN (
  SELECT "hk_customer_no", "load_dt", "source no", "row no"
  FROM (
    SELECT
      "hk_customer_no",
      "hashdiff",
      "load_dt",
      "source no", "row no",
      LAG("hashdiff") OVER (PARTITION BY "hk_customer_no" ORDER BY "load_dt") AS "hashdiff before",
      LAG("load_dt") OVER (PARTITION BY "hk_customer_no" ORDER BY "load_dt") AS "load date before"
    FROM (
      SELECT
        "hk_customer_no",
        "hashdiff",
        "load_dt",
        0 AS "source no",
        0 AS "row no"
      FROM "s_first_stored" AS "stored"
      UNION ALL
      SELECT
        "hk_customer_no",
        "hashdiff",
        "load_dt",
        "source no", "row no"
      FROM (
        SELECT
          "hk_customer_no",
          "hashdiff",
          "load_dt",
          "source no", "row no"
        FROM (
          -- Of the rows of one key and load date the first stands for all; the others go to the rejects.
          SELECT
            "hk_customer_no",
            "hashdiff",
            "load_dt",
            "source no", "row no",
            ROW_NUMBER() OVER (PARTITION BY "hk_customer_no", "load_dt" ORDER BY "source no" ASC, "row no" ASC) AS "place no"
          FROM "s_first_staged"
          WHERE "hk_customer_no" IN (SELECT "hk_customer_no" FROM "s_first_ordered_keys")
        ) AS "placed"
        WHERE "place no" = 1
      ) AS candidate
      -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
      WHERE NOT EXISTS (
        SELECT 1
        FROM "s_first_stored" AS stored
        WHERE stored."hk_customer_no" = candidate."hk_customer_no"
          AND stored."load_dt" = candidate."load_dt"
      )
    ) AS "line"
  ) AS "compared"
  WHERE "row no" > 0
    AND (
      "load date before" IS NULL
      OR NOT ("hashdiff" <=> "hashdiff before")
    )
) AS changed
  ON changed."hk_customer_no" = staged."hk_customer_no"
  AND changed."source no" = staged."source no" AND changed."row no" = staged."row no";

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.s_first');

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_first_history" AS
SELECT
  "hk_customer_no",
  "name",
  "hashdiff",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_customer_no" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_customer_no" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."s_first";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_first_current" AS
SELECT
  "hk_customer_no",
  "name",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."s_first_history"
WHERE "is_current";
