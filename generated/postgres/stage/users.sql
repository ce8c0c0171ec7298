-- stage users: rendered by dv-gen 0.1.0 from metadata/sources/social.yml:2.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."users";

CREATE TABLE "stage"."users" (
  "id" INTEGER NOT NULL,
  "chat_name" VARCHAR(200) COLLATE "C",
  "registration_dt" TIMESTAMP,
  "country" VARCHAR(200) COLLATE "C",
  "age" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hashdiff_s_user_chatinfo" UUID NOT NULL,
  "hashdiff_s_user_socdem" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."users_repeats";

CREATE TABLE "stage"."users_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_users";

CREATE TEMPORARY TABLE "raw_users" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "id" TEXT COLLATE "C",
  "chat_name" TEXT COLLATE "C",
  "registration_dt" TEXT COLLATE "C",
  "country" TEXT COLLATE "C",
  "age" TEXT COLLATE "C"
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
  "id",
  "chat_name",
  "registration_dt",
  "country",
  "age",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hashdiff_s_user_chatinfo",
  "hashdiff_s_user_socdem"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_users") + 1 AS "row_no",
    raw."id" AS "id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."id", 'integer') THEN CAST(raw."id" AS INTEGER) END AS "id",
    raw."chat_name" AS "chat_name",
    raw."registration_dt" AS "registration_dt text",
    CASE WHEN PG_INPUT_IS_VALID(raw."registration_dt", 'timestamp') THEN CAST(raw."registration_dt" AS TIMESTAMP) END AS "registration_dt",
    raw."country" AS "country",
    raw."age" AS "age text",
    CASE WHEN PG_INPUT_IS_VALID(raw."age", 'integer') THEN CAST(raw."age" AS INTEGER) END AS "age"
  FROM "raw_users" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "id text" IS NOT NULL AND "id" IS NOT NULL AND (CAST("id" AS TEXT) = "id text" OR "id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "id fits",
    "chat_name" IS NULL OR LENGTH("chat_name") <= 200 AS "chat_name fits",
    "registration_dt text" IS NULL OR "registration_dt" IS NOT NULL AND "registration_dt" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("registration_dt" AS TEXT) = "registration_dt text" OR "registration_dt text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "registration_dt fits",
    "country" IS NULL OR LENGTH("country") <= 200 AS "country fits",
    "age text" IS NULL OR "age" IS NOT NULL AND (CAST("age" AS TEXT) = "age text" OR "age text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "age fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "id",
    "chat_name",
    "registration_dt",
    "country",
    "age",
    "row_no"
  FROM "checked"
  WHERE "id fits"
    AND "chat_name fits"
    AND "registration_dt fits"
    AND "country fits"
    AND "age fits"
)
SELECT
  "id",
  "chat_name",
  "registration_dt",
  "country",
  "age",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("id" AS TEXT))::UUID AS "hk_user_id",
  MD5(COALESCE('chat_name=' || REPLACE(REPLACE("chat_name", '\', '\\'), '|', '\|'), ''))::UUID AS "hashdiff_s_user_chatinfo",
  MD5(CONCAT_WS(
    '|',
    'age=' || CAST("age" AS TEXT),
    'country=' || REPLACE(REPLACE("country", '\', '\\'), '|', '\|')
  ))::UUID AS "hashdiff_s_user_socdem"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_users") + 1 AS "row_no",
    raw."id" AS "id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."id", 'integer') THEN CAST(raw."id" AS INTEGER) END AS "id",
    raw."chat_name" AS "chat_name",
    raw."registration_dt" AS "registration_dt text",
    CASE WHEN PG_INPUT_IS_VALID(raw."registration_dt", 'timestamp') THEN CAST(raw."registration_dt" AS TIMESTAMP) END AS "registration_dt",
    raw."country" AS "country",
    raw."age" AS "age text",
    CASE WHEN PG_INPUT_IS_VALID(raw."age", 'integer') THEN CAST(raw."age" AS INTEGER) END AS "age"
  FROM "raw_users" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "id text" IS NOT NULL AND "id" IS NOT NULL AND (CAST("id" AS TEXT) = "id text" OR "id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "id fits",
    "chat_name" IS NULL OR LENGTH("chat_name") <= 200 AS "chat_name fits",
    "registration_dt text" IS NULL OR "registration_dt" IS NOT NULL AND "registration_dt" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("registration_dt" AS TEXT) = "registration_dt text" OR "registration_dt text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "registration_dt fits",
    "country" IS NULL OR LENGTH("country") <= 200 AS "country fits",
    "age text" IS NULL OR "age" IS NOT NULL AND (CAST("age" AS TEXT) = "age text" OR "age text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "age fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "id fits" THEN 'id'
    WHEN NOT "chat_name fits" THEN 'chat_name'
    WHEN NOT "registration_dt fits" THEN 'registration_dt'
    WHEN NOT "country fits" THEN 'country'
    WHEN NOT "age fits" THEN 'age'
  END AS "column_name",
  CASE
    WHEN "id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "id fits" THEN 'not an integer'
    WHEN NOT "chat_name fits" THEN 'longer than 200 characters'
    WHEN NOT "registration_dt fits" THEN 'not a timestamp'
    WHEN NOT "country fits" THEN 'longer than 200 characters'
    WHEN NOT "age fits" THEN 'not an integer'
  END AS "reason"
FROM "checked"
WHERE NOT ("id fits"
  AND "chat_name fits"
  AND "registration_dt fits"
  AND "country fits"
  AND "age fits")
ORDER BY "row_no";

ANALYZE "stage"."users" ("load_dt", "hk_user_id");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."users_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."users"
WHERE "hk_user_id" IN (
  SELECT "hk_user_id"
  FROM "stage"."users"
  GROUP BY "hk_user_id"
  HAVING COUNT(*) > 1
);
