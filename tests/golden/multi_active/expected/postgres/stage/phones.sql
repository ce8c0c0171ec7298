-- stage phones: rendered by dv-gen from metadata/phones.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."phones";

CREATE TABLE "stage"."phones" (
  "customer_no" VARCHAR(20) COLLATE "C",
  "phone_type" VARCHAR(10) COLLATE "C" NOT NULL,
  "seen_at" TIMESTAMP,
  "number" VARCHAR(30) COLLATE "C",
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_customer_no" UUID,
  "hashdiff_s_phones" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."phones_repeats";

CREATE TABLE "stage"."phones_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_phones";

CREATE TEMPORARY TABLE "raw_phones" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "customer_no" TEXT COLLATE "C",
  "phone_type" TEXT COLLATE "C",
  "seen_at" TEXT COLLATE "C",
  "number" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_phones";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_phones" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_phones") + 1 AS "row_no",
    raw."customer_no" AS "customer_no",
    raw."phone_type" AS "phone_type",
    raw."seen_at" AS "seen_at text",
    CASE WHEN PG_INPUT_IS_VALID(raw."seen_at", 'timestamp') THEN CAST(raw."seen_at" AS TIMESTAMP) END AS "seen_at",
    raw."number" AS "number"
  FROM "raw_phones" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "customer_no" IS NULL OR LENGTH("customer_no") <= 20 AS "customer_no fits",
    "phone_type" IS NOT NULL AND LENGTH("phone_type") <= 10 AS "phone_type fits",
    "seen_at text" IS NULL OR "seen_at" IS NOT NULL AND "seen_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("seen_at" AS TEXT) = "seen_at text" OR "seen_at text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "seen_at fits",
    "number" IS NULL OR LENGTH("number") <= 30 AS "number fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer_no") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_customer_no",
  MD5(CONCAT_WS(
    '|',
    'phone=' || REPLACE(REPLACE("number", '\', '\\'), '|', '\|'),
    'phone_type=' || REPLACE(REPLACE("phone_type", '\', '\\'), '|', '\|')
  ))::UUID AS "hashdiff_s_phones"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_phones") + 1 AS "row_no",
    raw."customer_no" AS "customer_no",
    raw."phone_type" AS "phone_type",
    raw."seen_at" AS "seen_at text",
    CASE WHEN PG_INPUT_IS_VALID(raw."seen_at", 'timestamp') THEN CAST(raw."seen_at" AS TIMESTAMP) END AS "seen_at",
    raw."number" AS "number"
  FROM "raw_phones" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "customer_no" IS NULL OR LENGTH("customer_no") <= 20 AS "customer_no fits",
    "phone_type" IS NOT NULL AND LENGTH("phone_type") <= 10 AS "phone_type fits",
    "seen_at text" IS NULL OR "seen_at" IS NOT NULL AND "seen_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("seen_at" AS TEXT) = "seen_at text" OR "seen_at text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "seen_at fits",
    "number" IS NULL OR LENGTH("number") <= 30 AS "number fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."phones" ("load_dt", "hk_customer_no");

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
