-- reference ref_code: rendered by dv-gen from metadata/model.yml:57.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."ref_code" (
  "CODE" VARCHAR(10) COLLATE "C" NOT NULL,
  "MEANING" VARCHAR(50) COLLATE "C",
  "CHANGED_ON" DATE,
  "CODE_HASHDIFF" CHAR(32) COLLATE "C" NOT NULL,
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("CODE", "LOAD_DATE")
);

-- Asked before the first batch only: whether the newest digests that are stored are those of the
-- rule, and of which texts they may be made. A vault that another tool has built can be loaded on
-- where they are.
SELECT
  CASE WHEN "stored digest" = UPPER(MD5(COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') || '||' || COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 2") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^'))) THEN 1 ELSE 0 END AS "same",
  "stored at",
  LOWER("stored digest") AS "digest",
  'CODE_HASHDIFF' AS "digest column",
  'CODE' AS "name 1",
  'CODE' AS "column 1",
  COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') AS "text 1",
  'MEANING' AS "name 2",
  'MEANING' AS "column 2",
  COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 2") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') AS "text 2",
  'CHANGED_ON' AS "name 3",
  'CHANGED_ON' AS "column 3",
  COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 3" AS TEXT)) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') AS "text 3",
  'RECORD_SOURCE' AS "name 4",
  'RECORD_SOURCE' AS "column 4",
  COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 4") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') AS "text 4"
FROM (
  SELECT
    held."CODE" AS "value 1",
    held."MEANING" AS "value 2",
    CAST(held."CHANGED_ON" AS DATE) AS "value 3",
    held."RECORD_SOURCE" AS "value 4",
    held."CODE_HASHDIFF" AS "stored digest",
    held."LOAD_DATE" AS "stored at"
  FROM "raw_vault"."ref_code" AS held
  ORDER BY held."LOAD_DATE" DESC, held."CODE_HASHDIFF"
  LIMIT 50
) AS stored;

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."CODE"
  FROM (
    SELECT
      "CODE",
      "LOAD_DATE",
      LEAD("LOAD_DATE") OVER (PARTITION BY "CODE" ORDER BY "LOAD_DATE") AS "next"
    FROM "raw_vault"."ref_code"
  ) AS line
  JOIN (
    SELECT staged."LOAD_DATE", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "LOAD_DATE" FROM "stage"."codes"
      GROUP BY "LOAD_DATE"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."LOAD_DATE"
    WHERE loaded."step" = 'load:ref_code'
    GROUP BY staged."LOAD_DATE"
  ) AS late ON late."LOAD_DATE" = line."LOAD_DATE"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

SELECT "dv_meta"."lift_key"('"raw_vault"."ref_code"');

-- Staged rows that the table cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"stored" AS (
  SELECT
    stored."CODE",
    stored."CODE_HASHDIFF",
    stored."LOAD_DATE"
  FROM "raw_vault"."ref_code" AS stored
  WHERE EXISTS (SELECT 1 FROM "stage"."codes" AS staged WHERE staged."CODE" = stored."CODE")
),
-- Of the rows of one code and load date the last stands for all; the others go to the rejects.
"ranked" AS (
  SELECT
    "CODE",
    "HASHDIFF_ref_code",
    "LOAD_DATE",
    "row_no",
    FIRST_VALUE("HASHDIFF_ref_code") OVER (PARTITION BY "CODE", "LOAD_DATE" ORDER BY "row_no" DESC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "CODE", "LOAD_DATE" ORDER BY "row_no" DESC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "CODE", "LOAD_DATE", "HASHDIFF_ref_code" ORDER BY "row_no" DESC) AS "repeat"
  FROM "stage"."codes"
  WHERE TRIM(BOTH ' ' FROM "CODE") <> ''
),
"candidates" AS (
  SELECT "CODE", "HASHDIFF_ref_code", "LOAD_DATE", "row_no"
  FROM "ranked"
  WHERE "place no" = 1
),
"unkept" AS (
  SELECT "row_no" FROM "ranked" WHERE "HASHDIFF_ref_code" <> "winner" AND "repeat" = 1
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT candidate."row_no"
  FROM "candidates" AS candidate
  JOIN "stored" AS stored
    ON stored."CODE" = candidate."CODE"
    AND stored."LOAD_DATE" = candidate."LOAD_DATE"
  WHERE stored."CODE_HASHDIFF" <> candidate."HASHDIFF_ref_code"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'ref_code' AS "entity",
  'codes' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'CODE' AS "column_name",
  'duplicate key' AS "reason",
  COALESCE(REPLACE(REPLACE("CODE", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("MEANING", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(TO_CHAR(CAST("CHANGED_ON" AS TIMESTAMP), 'YYYY-MM-DD'), '\N') AS "record"
FROM "stage"."codes" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'ref_code' AS "entity",
  'codes' AS "source",
  staged."RECORD_SOURCE" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'CODE' AS "column_name",
  'no key' AS "reason",
  COALESCE(REPLACE(REPLACE("CODE", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("MEANING", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(TO_CHAR(CAST("CHANGED_ON" AS TIMESTAMP), 'YYYY-MM-DD'), '\N') AS "record"
FROM "stage"."codes" AS staged
WHERE "CODE" IS NULL OR TRIM(BOTH ' ' FROM "CODE") = '';

-- The timeline rule: a staged row is kept when it differs from the row before it on its code's
-- line of stored and staged rows. Only the codes of this batch are read from the table.
INSERT INTO "raw_vault"."ref_code" (
  "CODE",
  "MEANING",
  "CHANGED_ON",
  "CODE_HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
)
WITH
"stored" AS (
  SELECT
    stored."CODE",
    stored."CODE_HASHDIFF",
    stored."LOAD_DATE"
  FROM "raw_vault"."ref_code" AS stored
  WHERE EXISTS (SELECT 1 FROM "stage"."codes" AS staged WHERE staged."CODE" = stored."CODE")
),
-- Of the rows of one code and load date the last stands for all; the others go to the rejects.
"ranked" AS (
  SELECT
    "CODE",
    "HASHDIFF_ref_code",
    "LOAD_DATE",
    "row_no",
    FIRST_VALUE("HASHDIFF_ref_code") OVER (PARTITION BY "CODE", "LOAD_DATE" ORDER BY "row_no" DESC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "CODE", "LOAD_DATE" ORDER BY "row_no" DESC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "CODE", "LOAD_DATE", "HASHDIFF_ref_code" ORDER BY "row_no" DESC) AS "repeat"
  FROM "stage"."codes"
  WHERE TRIM(BOTH ' ' FROM "CODE") <> ''
),
"candidates" AS (
  SELECT "CODE", "HASHDIFF_ref_code", "LOAD_DATE", "row_no"
  FROM "ranked"
  WHERE "place no" = 1
),
"line" AS (
  SELECT "CODE", "CODE_HASHDIFF", "LOAD_DATE", 0 AS "row_no"
  FROM "stored"
  UNION ALL
  SELECT "CODE", "HASHDIFF_ref_code", "LOAD_DATE", "row_no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "stored" AS stored
    WHERE stored."CODE" = candidate."CODE"
      AND stored."LOAD_DATE" = candidate."LOAD_DATE"
  )
),
"compared" AS (
  SELECT
    "LOAD_DATE",
    "row_no",
    "CODE_HASHDIFF",
    LAG("CODE_HASHDIFF") OVER (PARTITION BY "CODE" ORDER BY "LOAD_DATE") AS "hashdiff before"
  FROM "line"
),
"changed" AS (
  SELECT "row_no", "LOAD_DATE"
  FROM "compared"
  WHERE "row_no" > 0
    AND ("hashdiff before" IS NULL OR "hashdiff before" <> "CODE_HASHDIFF")
)
SELECT
  staged."CODE",
  staged."MEANING",
  staged."CHANGED_ON",
  staged."HASHDIFF_ref_code",
  changed."LOAD_DATE",
  staged."RECORD_SOURCE"
FROM "stage"."codes" AS staged
JOIN "changed" AS changed ON changed."row_no" = staged."row_no";

SELECT "dv_meta"."put_key"('"raw_vault"."ref_code"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "raw_vault"."ref_code" ("CODE", "MEANING", "CHANGED_ON", "CODE_HASHDIFF", "LOAD_DATE", "RECORD_SOURCE");

-- Every version with the half-open interval [LOAD_DATE, LOAD_DATE_end) in which it was the newest known.
CREATE OR REPLACE VIEW "raw_vault"."ref_code_history" AS
SELECT
  "CODE",
  "MEANING",
  "CHANGED_ON",
  "CODE_HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE",
  LEAD("LOAD_DATE") OVER (PARTITION BY "CODE" ORDER BY "LOAD_DATE") AS "LOAD_DATE_end",
  LEAD("LOAD_DATE") OVER (PARTITION BY "CODE" ORDER BY "LOAD_DATE") IS NULL AS "is_current"
FROM "raw_vault"."ref_code";

-- What every code means now.
CREATE OR REPLACE VIEW "raw_vault"."ref_code_current" AS
SELECT
  "CODE",
  "MEANING",
  "CHANGED_ON",
  "CODE_HASHDIFF",
  "LOAD_DATE",
  "RECORD_SOURCE"
FROM "raw_vault"."ref_code_history"
WHERE "is_current";
