-- stage members: rendered by dv-gen from metadata/model.yml:10.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."members";

CREATE TABLE "stage"."members" (
  "user_id" INTEGER NOT NULL,
  "group_id" INTEGER NOT NULL,
  "role" VARCHAR(20) COLLATE "C",
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hk_group_id" UUID NOT NULL,
  "hk_l_members" UUID NOT NULL,
  "hashdiff_s_members" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."members_repeats";

CREATE TABLE "stage"."members_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_members";

CREATE TEMPORARY TABLE "raw_members" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "user_id" TEXT COLLATE "C",
  "group_id" TEXT COLLATE "C",
  "role" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_members";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_members" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."members" (
  "user_id",
  "group_id",
  "role",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hk_group_id",
  "hk_l_members",
  "hashdiff_s_members"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_members") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."user_id", 'integer') THEN CAST(raw."user_id" AS INTEGER) END AS "user_id",
    raw."group_id" AS "group_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."group_id", 'integer') THEN CAST(raw."group_id" AS INTEGER) END AS "group_id",
    raw."role" AS "role"
  FROM "raw_members" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND (CAST("user_id" AS TEXT) = "user_id text" OR "user_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "user_id fits",
    "group_id text" IS NOT NULL AND "group_id" IS NOT NULL AND (CAST("group_id" AS TEXT) = "group_id text" OR "group_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "group_id fits",
    "role" IS NULL OR LENGTH("role") <= 20 AS "role fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "user_id",
    "group_id",
    "role",
    "row_no"
  FROM "checked"
  WHERE "user_id fits"
    AND "group_id fits"
    AND "role fits"
)
SELECT
  "user_id",
  "group_id",
  "role",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("user_id" AS TEXT))::UUID AS "hk_user_id",
  MD5(CAST("group_id" AS TEXT))::UUID AS "hk_group_id",
  MD5(CAST("user_id" AS TEXT) || '|' || CAST("group_id" AS TEXT))::UUID AS "hk_l_members",
  MD5(COALESCE('role=' || REPLACE(REPLACE("role", '\', '\\'), '|', '\|'), ''))::UUID AS "hashdiff_s_members"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_members") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."user_id", 'integer') THEN CAST(raw."user_id" AS INTEGER) END AS "user_id",
    raw."group_id" AS "group_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."group_id", 'integer') THEN CAST(raw."group_id" AS INTEGER) END AS "group_id",
    raw."role" AS "role"
  FROM "raw_members" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND (CAST("user_id" AS TEXT) = "user_id text" OR "user_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "user_id fits",
    "group_id text" IS NOT NULL AND "group_id" IS NOT NULL AND (CAST("group_id" AS TEXT) = "group_id text" OR "group_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "group_id fits",
    "role" IS NULL OR LENGTH("role") <= 20 AS "role fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "user_id fits" THEN 'user_id'
    WHEN NOT "group_id fits" THEN 'group_id'
    WHEN NOT "role fits" THEN 'role'
  END AS "column_name",
  CASE
    WHEN "user_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "user_id fits" THEN 'not an integer'
    WHEN "group_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "group_id fits" THEN 'not an integer'
    WHEN NOT "role fits" THEN 'longer than 20 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("user_id fits"
  AND "group_id fits"
  AND "role fits")
ORDER BY "row_no";

ANALYZE "stage"."members" ("load_dt", "hk_user_id", "hk_group_id", "hk_l_members");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."members_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."members"
WHERE "hk_user_id" IN (
  SELECT "hk_user_id"
  FROM "stage"."members"
  GROUP BY "hk_user_id"
  HAVING COUNT(*) > 1
);
