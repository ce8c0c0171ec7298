-- reference r_statuses: rendered by dv-gen from metadata/model.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."r_statuses" (
  "status" VARCHAR(20) NOT NULL,
  "country" VARCHAR(2),
  "hashdiff" UUID NOT NULL,
  "ldts" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."status"
  FROM (
    SELECT
      "status",
      "ldts",
      LEAD("ldts") OVER (PARTITION BY "status" ORDER BY "ldts") AS "next"
    FROM "vault"."r_statuses"
  ) AS line
  JOIN (
    SELECT staged."ldts", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "ldts" FROM "stage"."orders"
      GROUP BY "ldts"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."ldts"
    WHERE loaded."step" = 'load:r_statuses'
    GROUP BY staged."ldts"
  ) AS late ON late."ldts" = line."ldts"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

-- Staged rows that the table cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"stored" AS (
  SELECT
    stored."status",
    stored."hashdiff",
    stored."ldts"
  FROM "vault"."r_statuses" AS stored
  WHERE EXISTS (SELECT 1 FROM "stage"."orders" AS staged WHERE staged."status" = stored."status")
),
-- Of the rows of one code and load date the last stands for all; the others go to the rejects.
"ranked" AS (
  SELECT
    "status",
    "hashdiff_r_statuses",
    "ldts",
    "row_no",
    FIRST_VALUE("hashdiff_r_statuses") OVER (PARTITION BY "status", "ldts" ORDER BY "row_no" DESC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "status", "ldts" ORDER BY "row_no" DESC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "status", "ldts", "hashdiff_r_statuses" ORDER BY "row_no" DESC) AS "repeat"
  FROM "stage"."orders"
  WHERE TRIM(BOTH ' ' FROM "status") <> ''
),
"candidates" AS (
  SELECT "status", "hashdiff_r_statuses", "ldts", "row_no"
  FROM "ranked"
  WHERE "place no" = 1
),
"unkept" AS (
  SELECT "row_no" FROM "ranked" WHERE "hashdiff_r_statuses" <> "winner" AND "repeat" = 1
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT candidate."row_no"
  FROM "candidates" AS candidate
  JOIN "stored" AS stored
    ON stored."status" = candidate."status"
    AND stored."ldts" = candidate."ldts"
  WHERE stored."hashdiff" <> candidate."hashdiff_r_statuses"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'r_statuses' AS "entity",
  'orders' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'status' AS "column_name",
  'duplicate key' AS "reason",
  CONCAT_WS('|', CAST("order_no" AS VARCHAR), COALESCE(CASE WHEN CONTAINS("country", '\') OR CONTAINS("country", '|') THEN REPLACE(REPLACE("country", '\', '\\'), '|', '\|') ELSE "country" END, '\N'), CAST("ordered_on" AS VARCHAR), COALESCE(CASE WHEN CONTAINS("status", '\') OR CONTAINS("status", '|') THEN REPLACE(REPLACE("status", '\', '\\'), '|', '\|') ELSE "status" END, '\N')) AS "record"
FROM "stage"."orders" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'r_statuses' AS "entity",
  'orders' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'status' AS "column_name",
  'no key' AS "reason",
  CONCAT_WS('|', CAST("order_no" AS VARCHAR), COALESCE(CASE WHEN CONTAINS("country", '\') OR CONTAINS("country", '|') THEN REPLACE(REPLACE("country", '\', '\\'), '|', '\|') ELSE "country" END, '\N'), CAST("ordered_on" AS VARCHAR), COALESCE(CASE WHEN CONTAINS("status", '\') OR CONTAINS("status", '|') THEN REPLACE(REPLACE("status", '\', '\\'), '|', '\|') ELSE "status" END, '\N')) AS "record"
FROM "stage"."orders" AS staged
WHERE "status" IS NULL OR TRIM(BOTH ' ' FROM "status") = '';

-- The timeline rule: a staged row is kept when it differs from the row before it on its code's
-- line of stored and staged rows. Only the codes of this batch are read from the table.
INSERT INTO "vault"."r_statuses" (
  "status",
  "country",
  "hashdiff",
  "ldts",
  "load_src"
)
WITH
"stored" AS (
  SELECT
    stored."status",
    stored."hashdiff",
    stored."ldts"
  FROM "vault"."r_statuses" AS stored
  WHERE EXISTS (SELECT 1 FROM "stage"."orders" AS staged WHERE staged."status" = stored."status")
),
-- Of the rows of one code and load date the last stands for all; the others go to the rejects.
"ranked" AS (
  SELECT
    "status",
    "hashdiff_r_statuses",
    "ldts",
    "row_no",
    FIRST_VALUE("hashdiff_r_statuses") OVER (PARTITION BY "status", "ldts" ORDER BY "row_no" DESC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "status", "ldts" ORDER BY "row_no" DESC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "status", "ldts", "hashdiff_r_statuses" ORDER BY "row_no" DESC) AS "repeat"
  FROM "stage"."orders"
  WHERE TRIM(BOTH ' ' FROM "status") <> ''
),
"candidates" AS (
  SELECT "status", "hashdiff_r_statuses", "ldts", "row_no"
  FROM "ranked"
  WHERE "place no" = 1
),
"line" AS (
  SELECT "status", "hashdiff", "ldts", 0 AS "row_no"
  FROM "stored"
  UNION ALL
  SELECT "status", "hashdiff_r_statuses", "ldts", "row_no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "stored" AS stored
    WHERE stored."status" = candidate."status"
      AND stored."ldts" = candidate."ldts"
  )
),
"compared" AS (
  SELECT
    "ldts",
    "row_no",
    "hashdiff",
    LAG("hashdiff") OVER (PARTITION BY "status" ORDER BY "ldts") AS "hashdiff before"
  FROM "line"
),
"changed" AS (
  SELECT "row_no", "ldts"
  FROM "compared"
  WHERE "row_no" > 0
    AND ("hashdiff before" IS NULL OR "hashdiff before" <> "hashdiff")
)
SELECT
  staged."status",
  staged."country",
  staged."hashdiff_r_statuses",
  changed."ldts",
  staged."load_src"
FROM "stage"."orders" AS staged
JOIN "changed" AS changed ON changed."row_no" = staged."row_no";

-- Every version with the half-open interval [ldts, ldts_end) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."r_statuses_history" AS
SELECT
  "status",
  "country",
  "hashdiff",
  "ldts",
  "load_src",
  LEAD("ldts") OVER (PARTITION BY "status" ORDER BY "ldts") AS "ldts_end",
  LEAD("ldts") OVER (PARTITION BY "status" ORDER BY "ldts") IS NULL AS "is_current"
FROM "vault"."r_statuses";

-- What every code means now.
CREATE OR REPLACE VIEW "vault"."r_statuses_current" AS
SELECT
  "status",
  "country",
  "hashdiff",
  "ldts",
  "load_src"
FROM "vault"."r_statuses_history"
WHERE "is_current";
