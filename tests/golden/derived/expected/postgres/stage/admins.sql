-- stage admins: rendered by dv-gen from metadata/admins.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."admins";

CREATE TABLE "stage"."admins" (
  "user_id" INTEGER NOT NULL,
  "group_id" INTEGER NOT NULL,
  "since" TIMESTAMP,
  "title" VARCHAR(20) COLLATE "C",
  "tenant" VARCHAR(28) COLLATE "C" NOT NULL,
  "is_admin" BOOLEAN NOT NULL,
  "level" SMALLINT NOT NULL,
  "valid_to" DATE NOT NULL,
  "label" VARCHAR(40) COLLATE "C",
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hk_group_id" UUID NOT NULL,
  "hk_tenant" UUID,
  "hk_l_admins" UUID,
  "hashdiff_s_admins" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."admins_repeats";

CREATE TABLE "stage"."admins_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_admins";

CREATE TEMPORARY TABLE "raw_admins" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "user_id" TEXT COLLATE "C",
  "group_id" TEXT COLLATE "C",
  "since" TEXT COLLATE "C",
  "title" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_admins";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_admins" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."admins" (
  "user_id",
  "group_id",
  "since",
  "title",
  "tenant",
  "is_admin",
  "level",
  "valid_to",
  "label",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hk_group_id",
  "hk_tenant",
  "hk_l_admins",
  "hashdiff_s_admins"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_admins") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."user_id", 'integer') THEN CAST(raw."user_id" AS INTEGER) END AS "user_id",
    raw."group_id" AS "group_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."group_id", 'integer') THEN CAST(raw."group_id" AS INTEGER) END AS "group_id",
    raw."since" AS "since text",
    CASE WHEN PG_INPUT_IS_VALID(raw."since", 'timestamp') THEN CAST(raw."since" AS TIMESTAMP) END AS "since",
    raw."title" AS "title"
  FROM "raw_admins" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND (CAST("user_id" AS TEXT) = "user_id text" OR "user_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "user_id fits",
    "group_id text" IS NOT NULL AND "group_id" IS NOT NULL AND (CAST("group_id" AS TEXT) = "group_id text" OR "group_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "group_id fits",
    "since text" IS NULL OR "since" IS NOT NULL AND "since" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("since" AS TEXT) = "since text" OR "since text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "since fits",
    "title" IS NULL OR LENGTH("title") <= 20 AS "title fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "user_id",
    "group_id",
    "since",
    "title",
    "row_no"
  FROM "checked"
  WHERE "user_id fits"
    AND "group_id fits"
    AND "since fits"
    AND "title fits"
),
"given" AS (
  SELECT
    fitting.*,
    COALESCE(title, 'none') || ' of ' || group_id AS "label raw"
  FROM "fitting" AS fitting
),
"derived" AS (
  SELECT
    given.*,
    CAST('It''s -- ours; :file $load_dt' AS VARCHAR(28)) AS "tenant",
    CAST(TRUE AS BOOLEAN) AS "is_admin",
    CAST(1 AS SMALLINT) AS "level",
    CAST('9999-12-31' AS DATE) AS "valid_to",
    CAST("label raw" AS TEXT) AS "label",
    "label raw" IS NULL OR LENGTH(CAST("label raw" AS TEXT)) <= 40 AS "label fits"
  FROM "given" AS given
)
SELECT
  "user_id",
  "group_id",
  "since",
  "title",
  "tenant",
  "is_admin",
  "level",
  "valid_to",
  "label",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("user_id" AS TEXT))::UUID AS "hk_user_id",
  MD5(CAST("group_id" AS TEXT))::UUID AS "hk_group_id",
  CASE WHEN TRIM(BOTH ' ' FROM "tenant") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("tenant", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_tenant",
  CASE WHEN TRIM(BOTH ' ' FROM "tenant") <> '' THEN MD5(CAST("user_id" AS TEXT) || '|' || CAST("group_id" AS TEXT) || '|' || (REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("tenant", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_l_admins",
  MD5(CONCAT_WS(
    '|',
    'is_admin=' || CAST("is_admin" AS TEXT),
    'label=' || REPLACE(REPLACE("label", '\', '\\'), '|', '\|'),
    'level=' || CAST("level" AS TEXT),
    'valid_to=' || CAST("valid_to" AS TEXT)
  ))::UUID AS "hashdiff_s_admins"
FROM "derived"
WHERE "label fits";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_admins") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."user_id", 'integer') THEN CAST(raw."user_id" AS INTEGER) END AS "user_id",
    raw."group_id" AS "group_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."group_id", 'integer') THEN CAST(raw."group_id" AS INTEGER) END AS "group_id",
    raw."since" AS "since text",
    CASE WHEN PG_INPUT_IS_VALID(raw."since", 'timestamp') THEN CAST(raw."since" AS TIMESTAMP) END AS "since",
    raw."title" AS "title"
  FROM "raw_admins" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND (CAST("user_id" AS TEXT) = "user_id text" OR "user_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "user_id fits",
    "group_id text" IS NOT NULL AND "group_id" IS NOT NULL AND (CAST("group_id" AS TEXT) = "group_id text" OR "group_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "group_id fits",
    "since text" IS NULL OR "since" IS NOT NULL AND "since" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("since" AS TEXT) = "since text" OR "since text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "since fits",
    "title" IS NULL OR LENGTH("title") <= 20 AS "title fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "user_id",
    "group_id",
    "since",
    "title",
    "row_no"
  FROM "checked"
  WHERE "user_id fits"
    AND "group_id fits"
    AND "since fits"
    AND "title fits"
),
"given" AS (
  SELECT
    fitting.*,
    COALESCE(title, 'none') || ' of ' || group_id AS "label raw"
  FROM "fitting" AS fitting
),
"derived" AS (
  SELECT
    given.*,
    CAST('It''s -- ours; :file $load_dt' AS VARCHAR(28)) AS "tenant",
    CAST(TRUE AS BOOLEAN) AS "is_admin",
    CAST(1 AS SMALLINT) AS "level",
    CAST('9999-12-31' AS DATE) AS "valid_to",
    CAST("label raw" AS TEXT) AS "label",
    "label raw" IS NULL OR LENGTH(CAST("label raw" AS TEXT)) <= 40 AS "label fits"
  FROM "given" AS given
)
SELECT
  "row_no",
  CASE
    WHEN NOT "user_id fits" THEN 'user_id'
    WHEN NOT "group_id fits" THEN 'group_id'
    WHEN NOT "since fits" THEN 'since'
    WHEN NOT "title fits" THEN 'title'
  END AS "column_name",
  CASE
    WHEN "user_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "user_id fits" THEN 'not an integer'
    WHEN "group_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "group_id fits" THEN 'not an integer'
    WHEN NOT "since fits" THEN 'not a timestamp'
    WHEN NOT "title fits" THEN 'longer than 20 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("user_id fits"
  AND "group_id fits"
  AND "since fits"
  AND "title fits")
UNION ALL
SELECT
  "row_no",
  CASE
    WHEN NOT "label fits" THEN 'label'
  END AS "column_name",
  CASE
    WHEN NOT "label fits" THEN 'longer than 40 characters'
  END AS "reason"
FROM "derived"
WHERE NOT ("label fits")
ORDER BY "row_no";

ANALYZE "stage"."admins" ("load_dt", "hk_user_id", "hk_group_id", "hk_tenant", "hk_l_admins");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."admins_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."admins"
WHERE "hk_user_id" IN (
  SELECT "hk_user_id"
  FROM "stage"."admins"
  GROUP BY "hk_user_id"
  HAVING COUNT(*) > 1
);
