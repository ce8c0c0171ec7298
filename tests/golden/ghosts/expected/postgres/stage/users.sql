-- stage users: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."users";

CREATE TABLE "stage"."users" (
  "user_no" VARCHAR(20) COLLATE "C",
  "name" VARCHAR(100) COLLATE "C",
  "born" DATE,
  "vip" BOOLEAN,
  "score" DECIMAL(10, 2),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_user_no" UUID,
  "hashdiff_s_users" UUID NOT NULL,
  "hashdiff_s_plain" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."users_repeats";

CREATE TABLE "stage"."users_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_users";

CREATE TEMPORARY TABLE "raw_users" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "user_no" TEXT COLLATE "C",
  "name" TEXT COLLATE "C",
  "born" TEXT COLLATE "C",
  "vip" TEXT COLLATE "C",
  "score" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_users";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_users" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."users" (
  "user_no",
  "name",
  "born",
  "vip",
  "score",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_no",
  "hashdiff_s_users",
  "hashdiff_s_plain"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_users") + 1 AS "row_no",
    raw."user_no" AS "user_no",
    raw."name" AS "name",
    raw."born" AS "born text",
    CASE WHEN PG_INPUT_IS_VALID(raw."born", 'date') THEN CAST(raw."born" AS DATE) END AS "born",
    raw."vip" AS "vip text",
    CASE WHEN PG_INPUT_IS_VALID(TRIM(BOTH ' ' FROM raw."vip"), 'boolean') THEN CAST(TRIM(BOTH ' ' FROM raw."vip") AS BOOLEAN) END AS "vip",
    raw."score" AS "score text",
    CASE WHEN PG_INPUT_IS_VALID(raw."score", 'decimal(10, 2)') THEN CAST(raw."score" AS DECIMAL(10, 2)) END AS "score"
  FROM "raw_users" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "user_no" IS NULL OR LENGTH("user_no") <= 20 AS "user_no fits",
    "name" IS NULL OR LENGTH("name") <= 100 AS "name fits",
    "born text" IS NULL OR "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("born" AS TEXT) = "born text" OR "born text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "born fits",
    "vip text" IS NULL OR "vip" IS NOT NULL AND (CAST("vip" AS TEXT) = "vip text" OR "vip text" ~ '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)$') AS "vip fits",
    "score text" IS NULL OR "score" IS NOT NULL AND "score" < 'Infinity' AND (CAST("score" AS TEXT) = "score text" OR "score text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)$') AS "score fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "user_no",
    "name",
    "born",
    "vip",
    "score",
    "row_no"
  FROM "checked"
  WHERE "user_no fits"
    AND "name fits"
    AND "born fits"
    AND "vip fits"
    AND "score fits"
)
SELECT
  "user_no",
  "name",
  "born",
  "vip",
  "score",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "user_no") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("user_no", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_user_no",
  MD5(CONCAT_WS(
    '|',
    'name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'),
    'score=' || CAST(TRIM_SCALE("score") AS TEXT)
  ))::UUID AS "hashdiff_s_users",
  MD5(COALESCE('name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), ''))::UUID AS "hashdiff_s_plain"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_users") + 1 AS "row_no",
    raw."user_no" AS "user_no",
    raw."name" AS "name",
    raw."born" AS "born text",
    CASE WHEN PG_INPUT_IS_VALID(raw."born", 'date') THEN CAST(raw."born" AS DATE) END AS "born",
    raw."vip" AS "vip text",
    CASE WHEN PG_INPUT_IS_VALID(TRIM(BOTH ' ' FROM raw."vip"), 'boolean') THEN CAST(TRIM(BOTH ' ' FROM raw."vip") AS BOOLEAN) END AS "vip",
    raw."score" AS "score text",
    CASE WHEN PG_INPUT_IS_VALID(raw."score", 'decimal(10, 2)') THEN CAST(raw."score" AS DECIMAL(10, 2)) END AS "score"
  FROM "raw_users" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "user_no" IS NULL OR LENGTH("user_no") <= 20 AS "user_no fits",
    "name" IS NULL OR LENGTH("name") <= 100 AS "name fits",
    "born text" IS NULL OR "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("born" AS TEXT) = "born text" OR "born text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "born fits",
    "vip text" IS NULL OR "vip" IS NOT NULL AND (CAST("vip" AS TEXT) = "vip text" OR "vip text" ~ '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)$') AS "vip fits",
    "score text" IS NULL OR "score" IS NOT NULL AND "score" < 'Infinity' AND (CAST("score" AS TEXT) = "score text" OR "score text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)$') AS "score fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "user_no fits" THEN 'user_no'
    WHEN NOT "name fits" THEN 'name'
    WHEN NOT "born fits" THEN 'born'
    WHEN NOT "vip fits" THEN 'vip'
    WHEN NOT "score fits" THEN 'score'
  END AS "column_name",
  CASE
    WHEN NOT "user_no fits" THEN 'longer than 20 characters'
    WHEN NOT "name fits" THEN 'longer than 100 characters'
    WHEN NOT "born fits" THEN 'not a date'
    WHEN NOT "vip fits" THEN 'not a boolean'
    WHEN NOT "score fits" THEN 'not a decimal(10,2)'
  END AS "reason"
FROM "checked"
WHERE NOT ("user_no fits"
  AND "name fits"
  AND "born fits"
  AND "vip fits"
  AND "score fits")
ORDER BY "row_no";

ANALYZE "stage"."users" ("load_dt", "hk_user_no");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."users_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."users"
WHERE "hk_user_no" IN (
  SELECT "hk_user_no"
  FROM "stage"."users"
  GROUP BY "hk_user_no"
  HAVING COUNT(*) > 1
);
