-- stage phones: rendered by dv-gen from metadata/phones.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."phones";

CREATE TABLE "stage"."phones" (
  "customer_no" VARCHAR(20),
  "phone_type" VARCHAR(10) NOT NULL,
  "seen_at" TIMESTAMP,
  "number" VARCHAR(30),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_customer_no" UUID,
  "hashdiff_s_phones" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."phones_repeats";

CREATE TABLE "stage"."phones_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_phones";

CREATE TEMPORARY TABLE "raw_phones" (
  "customer_no" VARCHAR,
  "phone_type" VARCHAR,
  "seen_at" VARCHAR,
  "number" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_phones" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'customer_no',
  'phone_type',
  'seen_at',
  'number'
))
FROM read_csv(
  $file,
  columns = $columns,
  header = true,
  delim = ',',
  quote = '"',
  escape = '"',
  new_line = $new_line,
  nullstr = [''],
  allow_quoted_nulls = false,
  auto_detect = false,
  compression = 'none',
  hive_partitioning = false,
  store_rejects = true,
  rejects_limit = 0
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."phones" (
  "customer_no",
  "phone_type",
  "seen_at",
  "number",
  "load_dt",
  "load_src",
  "row_no",
  "hk_customer_no",
  "hashdiff_s_phones"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_phones") + 1 AS "row_no",
    raw."customer_no" AS "customer_no",
    raw."phone_type" AS "phone_type",
    raw."seen_at" AS "seen_at text",
    TRY_CAST(raw."seen_at" AS TIMESTAMP) AS "seen_at",
    raw."number" AS "number"
  FROM "raw_phones" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "customer_no" IS NULL OR LENGTH("customer_no") <= 20 AS "customer_no fits",
    "phone_type" IS NOT NULL AND LENGTH("phone_type") <= 10 AS "phone_type fits",
    CASE WHEN CAST("seen_at" AS VARCHAR) = "seen_at text" AND "seen_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "seen_at" IS NOT NULL AND "seen_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("seen_at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "seen_at text" IS NULL END AS "seen_at fits",
    "number" IS NULL OR LENGTH("number") <= 30 AS "number fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "customer_no",
    "phone_type",
    "seen_at",
    "number",
    "row_no"
  FROM "checked"
  WHERE "customer_no fits"
    AND "phone_type fits"
    AND "seen_at fits"
    AND "number fits"
)
SELECT
  "customer_no",
  "phone_type",
  "seen_at",
  "number",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer_no") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("customer_no", '\') OR CONTAINS("customer_no", '|') THEN REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|') ELSE "customer_no" END))))::UUID END AS "hk_customer_no",
  UNHEX(MD5(CONCAT_WS(
    '|',
    'phone=' || CASE WHEN CONTAINS("number", '\') OR CONTAINS("number", '|') THEN REPLACE(REPLACE("number", '\', '\\'), '|', '\|') ELSE "number" END,
    'phone_type=' || CASE WHEN CONTAINS("phone_type", '\') OR CONTAINS("phone_type", '|') THEN REPLACE(REPLACE("phone_type", '\', '\\'), '|', '\|') ELSE "phone_type" END
  )))::UUID AS "hashdiff_s_phones"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_phones") + 1 AS "row_no",
    raw."customer_no" AS "customer_no",
    raw."phone_type" AS "phone_type",
    raw."seen_at" AS "seen_at text",
    TRY_CAST(raw."seen_at" AS TIMESTAMP) AS "seen_at",
    raw."number" AS "number"
  FROM "raw_phones" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "customer_no" IS NULL OR LENGTH("customer_no") <= 20 AS "customer_no fits",
    "phone_type" IS NOT NULL AND LENGTH("phone_type") <= 10 AS "phone_type fits",
    CASE WHEN CAST("seen_at" AS VARCHAR) = "seen_at text" AND "seen_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "seen_at" IS NOT NULL AND "seen_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("seen_at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "seen_at text" IS NULL END AS "seen_at fits",
    "number" IS NULL OR LENGTH("number") <= 30 AS "number fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "customer_no fits" THEN 'customer_no'
    WHEN NOT "phone_type fits" THEN 'phone_type'
    WHEN NOT "seen_at fits" THEN 'seen_at'
    WHEN NOT "number fits" THEN 'number'
  END AS "column_name",
  CASE
    WHEN NOT "customer_no fits" THEN 'longer than 20 characters'
    WHEN "phone_type" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "phone_type fits" THEN 'longer than 10 characters'
    WHEN NOT "seen_at fits" THEN 'not a timestamp'
    WHEN NOT "number fits" THEN 'longer than 30 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("customer_no fits"
  AND "phone_type fits"
  AND "seen_at fits"
  AND "number fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."phones_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."phones"
WHERE "hk_customer_no" IN (
  SELECT "hk_customer_no"
  FROM "stage"."phones"
  GROUP BY "hk_customer_no"
  HAVING COUNT(*) > 1
);
