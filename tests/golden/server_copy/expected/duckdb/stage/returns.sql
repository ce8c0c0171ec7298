-- stage returns: rendered by dv-gen from metadata/model.yml:9.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."returns";

CREATE TABLE "stage"."returns" (
  "order_id" INTEGER NOT NULL,
  "reason" VARCHAR(40),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_id" UUID NOT NULL,
  "hashdiff_s_returns" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."returns_repeats";

CREATE TABLE "stage"."returns_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_returns";

CREATE TEMPORARY TABLE "raw_returns" (
  "order_id" VARCHAR,
  "reason" VARCHAR
);

INSERT INTO "raw_returns"
SELECT
  "order_id",
  "reason"
FROM read_csv(
  $file,
  columns = $columns,
  header = false,
  delim = ',',
  quote = '"',
  escape = '"',
  new_line = $new_line,
  nullstr = ['', '', 'NA'],
  allow_quoted_nulls = false,
  auto_detect = false,
  compression = 'none',
  hive_partitioning = false,
  store_rejects = true,
  rejects_limit = 0
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."returns" (
  "order_id",
  "reason",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_id",
  "hashdiff_s_returns"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_returns") + 1 AS "row_no",
    raw."order_id" AS "order_id text",
    TRY_CAST(raw."order_id" AS INTEGER) AS "order_id",
    raw."reason" AS "reason"
  FROM "raw_returns" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_id" AS VARCHAR) = "order_id text" THEN TRUE WHEN "order_id" IS NOT NULL THEN REGEXP_FULL_MATCH("order_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_id fits",
    "reason" IS NULL OR LENGTH("reason") <= 40 AS "reason fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "order_id",
    "reason",
    "row_no"
  FROM "checked"
  WHERE "order_id fits"
    AND "reason fits"
)
SELECT
  "order_id",
  "reason",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("order_id" AS VARCHAR)))::UUID AS "hk_order_id",
  UNHEX(MD5(COALESCE('reason=' || CASE WHEN CONTAINS("reason", '\') OR CONTAINS("reason", '|') THEN REPLACE(REPLACE("reason", '\', '\\'), '|', '\|') ELSE "reason" END, '')))::UUID AS "hashdiff_s_returns"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_returns") + 1 AS "row_no",
    raw."order_id" AS "order_id text",
    TRY_CAST(raw."order_id" AS INTEGER) AS "order_id",
    raw."reason" AS "reason"
  FROM "raw_returns" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_id" AS VARCHAR) = "order_id text" THEN TRUE WHEN "order_id" IS NOT NULL THEN REGEXP_FULL_MATCH("order_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_id fits",
    "reason" IS NULL OR LENGTH("reason") <= 40 AS "reason fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_id fits" THEN 'order_id'
    WHEN NOT "reason fits" THEN 'reason'
  END AS "column_name",
  CASE
    WHEN "order_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "order_id fits" THEN 'not an integer'
    WHEN NOT "reason fits" THEN 'longer than 40 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_id fits"
  AND "reason fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."returns_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."returns"
WHERE "hk_order_id" IN (
  SELECT "hk_order_id"
  FROM "stage"."returns"
  GROUP BY "hk_order_id"
  HAVING COUNT(*) > 1
);
