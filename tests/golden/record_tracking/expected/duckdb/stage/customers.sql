-- stage customers: rendered by dv-gen from metadata/customers.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."customers";

CREATE TABLE "stage"."customers" (
  "id" INTEGER NOT NULL,
  "name" VARCHAR(50),
  "friend" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_customer_id" UUID NOT NULL,
  "hk_customer_id_friend" UUID,
  "hk_l_friend" UUID,
  "hashdiff_s_customer" UUID NOT NULL,
  "hashdiff_s_friend_of" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."customers_repeats";

CREATE TABLE "stage"."customers_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_customers";

CREATE TEMPORARY TABLE "raw_customers" (
  "id" VARCHAR,
  "name" VARCHAR,
  "friend" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_customers" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'id',
  'name',
  'friend'
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
INSERT INTO "stage"."customers" (
  "id",
  "name",
  "friend",
  "load_dt",
  "load_src",
  "row_no",
  "hk_customer_id",
  "hk_customer_id_friend",
  "hk_l_friend",
  "hashdiff_s_customer",
  "hashdiff_s_friend_of"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_customers") + 1 AS "row_no",
    raw."id" AS "id text",
    TRY_CAST(raw."id" AS INTEGER) AS "id",
    raw."name" AS "name",
    raw."friend" AS "friend text",
    TRY_CAST(raw."friend" AS INTEGER) AS "friend"
  FROM "raw_customers" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("id" AS VARCHAR) = "id text" THEN TRUE WHEN "id" IS NOT NULL THEN REGEXP_FULL_MATCH("id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "id fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits",
    CASE WHEN CAST("friend" AS VARCHAR) = "friend text" THEN TRUE WHEN "friend" IS NOT NULL THEN REGEXP_FULL_MATCH("friend text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "friend text" IS NULL END AS "friend fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "id",
    "name",
    "friend",
    "row_no"
  FROM "checked"
  WHERE "id fits"
    AND "name fits"
    AND "friend fits"
)
SELECT
  "id",
  "name",
  "friend",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("id" AS VARCHAR)))::UUID AS "hk_customer_id",
  CASE WHEN "friend" IS NOT NULL THEN UNHEX(MD5(CAST("friend" AS VARCHAR)))::UUID END AS "hk_customer_id_friend",
  CASE WHEN "friend" IS NOT NULL THEN UNHEX(MD5(CONCAT_WS('|', CAST("id" AS VARCHAR), CAST("friend" AS VARCHAR))))::UUID END AS "hk_l_friend",
  UNHEX(MD5(COALESCE('name=' || CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END, '')))::UUID AS "hashdiff_s_customer",
  UNHEX(MD5(COALESCE('friend_name=' || CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END, '')))::UUID AS "hashdiff_s_friend_of"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_customers") + 1 AS "row_no",
    raw."id" AS "id text",
    TRY_CAST(raw."id" AS INTEGER) AS "id",
    raw."name" AS "name",
    raw."friend" AS "friend text",
    TRY_CAST(raw."friend" AS INTEGER) AS "friend"
  FROM "raw_customers" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("id" AS VARCHAR) = "id text" THEN TRUE WHEN "id" IS NOT NULL THEN REGEXP_FULL_MATCH("id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "id fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits",
    CASE WHEN CAST("friend" AS VARCHAR) = "friend text" THEN TRUE WHEN "friend" IS NOT NULL THEN REGEXP_FULL_MATCH("friend text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "friend text" IS NULL END AS "friend fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "id fits" THEN 'id'
    WHEN NOT "name fits" THEN 'name'
    WHEN NOT "friend fits" THEN 'friend'
  END AS "column_name",
  CASE
    WHEN "id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "id fits" THEN 'not an integer'
    WHEN NOT "name fits" THEN 'longer than 50 characters'
    WHEN NOT "friend fits" THEN 'not an integer'
  END AS "reason"
FROM "checked"
WHERE NOT ("id fits"
  AND "name fits"
  AND "friend fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."customers_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."customers"
WHERE "hk_customer_id" IN (
  SELECT "hk_customer_id"
  FROM "stage"."customers"
  GROUP BY "hk_customer_id"
  HAVING COUNT(*) > 1
);
