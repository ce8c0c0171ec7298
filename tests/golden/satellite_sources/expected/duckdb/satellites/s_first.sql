-- satellite s_first: rendered by dv-gen from metadata/customers.yml:21.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_first" (
  "hk_customer_no" UUID NOT NULL,
  "name" VARCHAR(100),
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

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

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"staged" AS (
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
  WHERE "hk_customer_no" IS NOT NULL
),
"stored" AS (
  SELECT
    "hk_customer_no",
    "hashdiff",
    "load_dt"
  FROM "vault"."s_first"
  WHERE "hk_customer_no" IN (SELECT "hk_customer_no" FROM "staged")
),
"ranked" AS (
  SELECT
    "hk_customer_no",
    "hashdiff",
    "load_dt",
    "source no", "row no",
    ROW_NUMBER() OVER (PARTITION BY "hk_customer_no", "load_dt" ORDER BY "source no" ASC, "row no" ASC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "hk_customer_no", "load_dt", "hashdiff" ORDER BY "source no" DESC, "row no" DESC) AS "repeat no"
  FROM "staged"
  WHERE "hk_customer_no" IN (SELECT "hk_customer_no" FROM "staged" GROUP BY "hk_customer_no" HAVING COUNT(*) > 1)
),
"unkept" AS (
  SELECT ranked."source no", ranked."row no"
  FROM "ranked" AS ranked
  JOIN "ranked" AS winner
    ON winner."hk_customer_no" = ranked."hk_customer_no"
    AND winner."load_dt" = ranked."load_dt"
  WHERE winner."place no" = 1
    AND ranked."repeat no" = 1
    AND ranked."hashdiff" IS DISTINCT FROM winner."hashdiff"
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT staged."source no", staged."row no"
  FROM "staged" AS staged
  JOIN "stored" AS stored
    ON stored."hk_customer_no" = staged."hk_customer_no"
    AND stored."load_dt" = staged."load_dt"
  WHERE stored."hashdiff" IS DISTINCT FROM staged."hashdiff"
    AND NOT EXISTS (
      SELECT 1
      FROM "ranked" AS ranked
      WHERE ranked."source no" = staged."source no" AND ranked."row no" = staged."row no"
        AND ranked."place no" > 1
    )
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
  CONCAT_WS('|', CASE WHEN CONTAINS("customer", '\') OR CONTAINS("customer", '|') THEN REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') ELSE "customer" END, CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END, COALESCE(CAST("age" AS VARCHAR), '\N'), COALESCE(CAST("seen_at" AS VARCHAR), '\N')) AS "record"
FROM "stage"."shop" AS staged
WHERE staged."row_no" IN (SELECT "row no" FROM "unkept" WHERE "source no" = 1)
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
  CONCAT_WS('|', CASE WHEN CONTAINS("customer", '\') OR CONTAINS("customer", '|') THEN REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') ELSE "customer" END, CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END, COALESCE(CAST("age" AS VARCHAR), '\N'), COALESCE(CAST("seen_at" AS VARCHAR), '\N')) AS "record"
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
  CONCAT_WS('|', COALESCE(CASE WHEN CONTAINS("customer_no", '\') OR CONTAINS("customer_no", '|') THEN REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|') ELSE "customer_no" END, '\N'), COALESCE(CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END, '\N'), COALESCE(CAST("age" AS VARCHAR), '\N'), COALESCE(CAST("seen_at" AS VARCHAR), '\N')) AS "record"
FROM "stage"."crm" AS staged
WHERE staged."row_no" IN (SELECT "row no" FROM "unkept" WHERE "source no" = 2)
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
  CONCAT_WS('|', COALESCE(CASE WHEN CONTAINS("customer_no", '\') OR CONTAINS("customer_no", '|') THEN REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|') ELSE "customer_no" END, '\N'), COALESCE(CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END, '\N'), COALESCE(CAST("age" AS VARCHAR), '\N'), COALESCE(CAST("seen_at" AS VARCHAR), '\N')) AS "record"
FROM "stage"."crm" AS staged
WHERE staged."hk_customer_no" IS NULL;

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT INTO "vault"."s_first" (
  "hk_customer_no",
  "name",
  "hashdiff",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
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
  WHERE "hk_customer_no" IS NOT NULL
),
"stored" AS (
  SELECT
    "hk_customer_no",
    "hashdiff",
    "load_dt"
  FROM "vault"."s_first"
  WHERE "hk_customer_no" IN (SELECT "hk_customer_no" FROM "staged")
),
-- Keys that are stored already or staged more than once; any other row is simply new.
"ordered_keys" AS (
  SELECT "hk_customer_no" FROM "stored"
  UNION
  SELECT "hk_customer_no" FROM "staged" GROUP BY "hk_customer_no" HAVING COUNT(*) > 1
),
-- Of the rows of one key and load date the first stands for all; the others go to the rejects.
"placed" AS (
  SELECT
    "hk_customer_no",
    "hashdiff",
    "load_dt",
    "source no", "row no",
    ROW_NUMBER() OVER (PARTITION BY "hk_customer_no", "load_dt" ORDER BY "source no" ASC, "row no" ASC) AS "place no"
  FROM "staged"
  WHERE "hk_customer_no" IN (SELECT "hk_customer_no" FROM "ordered_keys")
),
"candidates" AS (
  SELECT
    "hk_customer_no",
    "hashdiff",
    "load_dt",
    "source no", "row no"
  FROM "placed"
  WHERE "place no" = 1
),
"line" AS (
  SELECT
    "hk_customer_no",
    "hashdiff",
    "load_dt",
    0 AS "source no",
    0 AS "row no"
  FROM "stored"
  UNION ALL
  SELECT
    "hk_customer_no",
    "hashdiff",
    "load_dt",
    "source no", "row no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "stored" AS stored
    WHERE stored."hk_customer_no" = candidate."hk_customer_no"
      AND stored."load_dt" = candidate."load_dt"
  )
),
"compared" AS (
  SELECT
    "hk_customer_no",
    "hashdiff",
    "load_dt",
    "source no", "row no",
    LAG("hashdiff") OVER (PARTITION BY "hk_customer_no" ORDER BY "load_dt") AS "hashdiff before",
    LAG("load_dt") OVER (PARTITION BY "hk_customer_no" ORDER BY "load_dt") AS "load date before"
  FROM "line"
),
"changed" AS (
  SELECT "hk_customer_no", "load_dt", "source no", "row no"
  FROM "compared"
  WHERE "row no" > 0
    AND (
      "load date before" IS NULL
      OR "hashdiff" IS DISTINCT FROM "hashdiff before"
    )
)
SELECT
  "hk_customer_no",
  "name",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "staged"
WHERE "hk_customer_no" NOT IN (SELECT "hk_customer_no" FROM "ordered_keys")
UNION ALL
SELECT
  staged."hk_customer_no",
  staged."name",
  staged."hashdiff",
  changed."load_dt",
  staged."load_src"
FROM "staged" AS staged
-- By the key too: where a key's rows are on one node, nothing of this leaves it.
JOIN "changed" AS changed
  ON changed."hk_customer_no" = staged."hk_customer_no"
  AND changed."source no" = staged."source no" AND changed."row no" = staged."row no";

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
