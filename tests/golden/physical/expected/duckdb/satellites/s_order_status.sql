-- satellite s_order_status: rendered by dv-gen from metadata/model.yml:12.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_order_status" (
  "hk_order_no" UUID NOT NULL,
  "ordered_on" DATE,
  "status" VARCHAR(20),
  "hashdiff" UUID NOT NULL,
  "ldts" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_order_no"
  FROM (
    SELECT
      "hk_order_no",
      "ldts",
      LEAD("ldts") OVER (PARTITION BY "hk_order_no" ORDER BY "ldts") AS "next"
    FROM "vault"."s_order_status"
  ) AS line
  JOIN (
    SELECT staged."ldts", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "ldts" FROM "stage"."orders"
      GROUP BY "ldts"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."ldts"
    WHERE loaded."step" = 'load:s_order_status'
    GROUP BY staged."ldts"
  ) AS late ON late."ldts" = line."ldts"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"ranked" AS (
  SELECT
    "row_no",
    "hashdiff_s_order_status",
    FIRST_VALUE("hashdiff_s_order_status") OVER (PARTITION BY "hk_order_no", "ldts" ORDER BY "row_no" DESC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "hk_order_no", "ldts" ORDER BY "row_no" DESC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "hk_order_no", "ldts", "hashdiff_s_order_status" ORDER BY "row_no" DESC) AS "repeat"
  FROM "stage"."orders"
  WHERE "hk_order_no" IS NOT NULL
    AND "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
),
"unkept" AS (
  SELECT "row_no" FROM "ranked" WHERE "hashdiff_s_order_status" <> "winner" AND "repeat" = 1
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT staged."row_no"
  FROM "stage"."orders" AS staged
  JOIN "vault"."s_order_status" AS stored
    ON stored."hk_order_no" = staged."hk_order_no"
    AND stored."ldts" = staged."ldts"
  WHERE stored."hashdiff" <> staged."hashdiff_s_order_status"
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "ranked" WHERE "place no" > 1)
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_order_status' AS "entity",
  'orders' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_order_no' AS "column_name",
  'duplicate key' AS "reason",
  CONCAT_WS('|', CAST("order_no" AS VARCHAR), COALESCE(CASE WHEN CONTAINS("country", '\') OR CONTAINS("country", '|') THEN REPLACE(REPLACE("country", '\', '\\'), '|', '\|') ELSE "country" END, '\N'), CAST("ordered_on" AS VARCHAR), COALESCE(CASE WHEN CONTAINS("status", '\') OR CONTAINS("status", '|') THEN REPLACE(REPLACE("status", '\', '\\'), '|', '\|') ELSE "status" END, '\N')) AS "record"
FROM "stage"."orders" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept");

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT INTO "vault"."s_order_status" (
  "hk_order_no",
  "ordered_on",
  "status",
  "hashdiff",
  "ldts",
  "load_src"
)
WITH
"stored" AS (
  SELECT "hk_order_no", "hashdiff", "ldts"
  FROM "vault"."s_order_status"
  WHERE "hk_order_no" IN (SELECT "hk_order_no" FROM "stage"."orders")
),
-- Keys that are stored already or may be staged more than once; any other row is simply new.
"ordered_keys" AS (
  SELECT "hk_order_no" FROM "stored"
  UNION
  SELECT "hk_order_no" FROM "stage"."orders" WHERE "hk_order_no" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
),
-- Of the rows of one key and load date the last stands for all; the others go to the rejects.
"placed" AS (
  SELECT
    "hk_order_no",
    "hashdiff_s_order_status",
    "ldts",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_order_no", "ldts" ORDER BY "row_no" DESC) AS "place no"
  FROM "stage"."orders"
  WHERE "hk_order_no" IN (SELECT "hk_order_no" FROM "ordered_keys")
),
"candidates" AS (
  SELECT "hk_order_no", "hashdiff_s_order_status", "ldts", "row_no"
  FROM "placed"
  WHERE "place no" = 1
),
"line" AS (
  SELECT
    "hk_order_no",
    "hashdiff",
    "ldts",
    0 AS "row_no"
  FROM "stored"
  UNION ALL
  SELECT "hk_order_no", "hashdiff_s_order_status", "ldts", "row_no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "stored" AS stored
    WHERE stored."hk_order_no" = candidate."hk_order_no"
      AND stored."ldts" = candidate."ldts"
  )
),
"compared" AS (
  SELECT
    "hk_order_no",
    "ldts",
    "row_no",
    "hashdiff",
    LAG("hashdiff") OVER (PARTITION BY "hk_order_no" ORDER BY "ldts") AS "hashdiff before"
  FROM "line"
),
"changed" AS (
  SELECT "hk_order_no", "ldts", "row_no"
  FROM "compared"
  WHERE "row_no" > 0
    AND ("hashdiff before" IS NULL OR "hashdiff before" <> "hashdiff")
),
-- By key and number: where a key's rows are on one node, nothing of this leaves it.
"nothing_new" AS (
  SELECT known."hk_order_no", known."row_no"
  FROM "stage"."orders" AS known
  WHERE known."hk_order_no" IN (SELECT "hk_order_no" FROM "ordered_keys")
    AND NOT EXISTS (
      SELECT 1
      FROM "changed" AS changed
      WHERE changed."hk_order_no" = known."hk_order_no"
        AND changed."row_no" = known."row_no"
    )
)
SELECT
  staged."hk_order_no",
  staged."ordered_on",
  staged."status",
  staged."hashdiff_s_order_status",
  staged."ldts",
  staged."load_src"
FROM "stage"."orders" AS staged
WHERE staged."hk_order_no" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "nothing_new" AS nothing_new
    WHERE nothing_new."hk_order_no" = staged."hk_order_no"
      AND nothing_new."row_no" = staged."row_no"
  );

-- Every version with the half-open interval [ldts, ldts_end) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_order_status_history" AS
SELECT
  "hk_order_no",
  "ordered_on",
  "status",
  "hashdiff",
  "ldts",
  "load_src",
  LEAD("ldts") OVER (PARTITION BY "hk_order_no" ORDER BY "ldts") AS "ldts_end",
  LEAD("ldts") OVER (PARTITION BY "hk_order_no" ORDER BY "ldts") IS NULL AS "is_current"
FROM "vault"."s_order_status";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_order_status_current" AS
SELECT
  "hk_order_no",
  "ordered_on",
  "status",
  "hashdiff",
  "ldts",
  "load_src"
FROM "vault"."s_order_status_history"
WHERE "is_current";
