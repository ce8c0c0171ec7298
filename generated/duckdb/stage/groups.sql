-- stage groups: rendered by dv-gen 0.1.0 from metadata/sources/social.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."groups";

CREATE TABLE "stage"."groups" (
  "id" INTEGER NOT NULL,
  "admin_id" INTEGER NOT NULL,
  "group_name" VARCHAR(200),
  "registration_dt" TIMESTAMP,
  "is_private" BOOLEAN,
  "is_admin" BOOLEAN NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hk_group_id" UUID NOT NULL,
  "hk_l_admins" UUID NOT NULL,
  "hashdiff_s_group_name" UUID NOT NULL,
  "hashdiff_s_group_private_status" UUID NOT NULL,
  "hashdiff_s_admins" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."groups_repeats";

CREATE TABLE "stage"."groups_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_groups";

CREATE TEMPORARY TABLE "raw_groups" (
  "id" VARCHAR,
  "admin_id" VARCHAR,
  "group_name" VARCHAR,
  "registration_dt" VARCHAR,
  "is_private" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_groups" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'id',
  'admin_id',
  'group_name',
  'registration_dt',
  'is_private'
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
INSERT INTO "stage"."groups" (
  "id",
  "admin_id",
  "group_name",
  "registration_dt",
  "is_private",
  "is_admin",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hk_group_id",
  "hk_l_admins",
  "hashdiff_s_group_name",
  "hashdiff_s_group_private_status",
  "hashdiff_s_admins"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_groups") + 1 AS "row_no",
    raw."id" AS "id text",
    TRY_CAST(raw."id" AS INTEGER) AS "id",
    raw."admin_id" AS "admin_id text",
    TRY_CAST(raw."admin_id" AS INTEGER) AS "admin_id",
    raw."group_name" AS "group_name",
    raw."registration_dt" AS "registration_dt text",
    TRY_CAST(raw."registration_dt" AS TIMESTAMP) AS "registration_dt",
    raw."is_private" AS "is_private text",
    TRY_CAST(TRIM(BOTH ' ' FROM raw."is_private") AS BOOLEAN) AS "is_private"
  FROM "raw_groups" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("id" AS VARCHAR) = "id text" THEN TRUE WHEN "id" IS NOT NULL THEN REGEXP_FULL_MATCH("id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "id fits",
    CASE WHEN CAST("admin_id" AS VARCHAR) = "admin_id text" THEN TRUE WHEN "admin_id" IS NOT NULL THEN REGEXP_FULL_MATCH("admin_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "admin_id fits",
    "group_name" IS NULL OR LENGTH("group_name") <= 200 AS "group_name fits",
    CASE WHEN CAST("registration_dt" AS VARCHAR) = "registration_dt text" AND "registration_dt" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "registration_dt" IS NOT NULL AND "registration_dt" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("registration_dt text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "registration_dt text" IS NULL END AS "registration_dt fits",
    CASE WHEN CAST("is_private" AS VARCHAR) = "is_private text" THEN TRUE WHEN "is_private" IS NOT NULL THEN REGEXP_FULL_MATCH("is_private text", '[ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*') ELSE "is_private text" IS NULL END AS "is_private fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "id",
    "admin_id",
    "group_name",
    "registration_dt",
    "is_private",
    "row_no"
  FROM "checked"
  WHERE "id fits"
    AND "admin_id fits"
    AND "group_name fits"
    AND "registration_dt fits"
    AND "is_private fits"
),
"derived" AS (
  SELECT
    fitting.*,
    CAST(TRUE AS BOOLEAN) AS "is_admin"
  FROM "fitting" AS fitting
)
SELECT
  "id",
  "admin_id",
  "group_name",
  "registration_dt",
  "is_private",
  "is_admin",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("admin_id" AS VARCHAR)))::UUID AS "hk_user_id",
  UNHEX(MD5(CAST("id" AS VARCHAR)))::UUID AS "hk_group_id",
  UNHEX(MD5(CONCAT_WS('|', CAST("admin_id" AS VARCHAR), CAST("id" AS VARCHAR))))::UUID AS "hk_l_admins",
  UNHEX(MD5(COALESCE('group_name=' || CASE WHEN CONTAINS("group_name", '\') OR CONTAINS("group_name", '|') THEN REPLACE(REPLACE("group_name", '\', '\\'), '|', '\|') ELSE "group_name" END, '')))::UUID AS "hashdiff_s_group_name",
  UNHEX(MD5(COALESCE('is_private=' || CAST("is_private" AS VARCHAR), '')))::UUID AS "hashdiff_s_group_private_status",
  UNHEX(MD5(CONCAT_WS(
    '|',
    'admin_from=' || CAST("registration_dt" AS VARCHAR),
    'is_admin=' || CAST("is_admin" AS VARCHAR)
  )))::UUID AS "hashdiff_s_admins"
FROM "derived";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_groups") + 1 AS "row_no",
    raw."id" AS "id text",
    TRY_CAST(raw."id" AS INTEGER) AS "id",
    raw."admin_id" AS "admin_id text",
    TRY_CAST(raw."admin_id" AS INTEGER) AS "admin_id",
    raw."group_name" AS "group_name",
    raw."registration_dt" AS "registration_dt text",
    TRY_CAST(raw."registration_dt" AS TIMESTAMP) AS "registration_dt",
    raw."is_private" AS "is_private text",
    TRY_CAST(TRIM(BOTH ' ' FROM raw."is_private") AS BOOLEAN) AS "is_private"
  FROM "raw_groups" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("id" AS VARCHAR) = "id text" THEN TRUE WHEN "id" IS NOT NULL THEN REGEXP_FULL_MATCH("id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "id fits",
    CASE WHEN CAST("admin_id" AS VARCHAR) = "admin_id text" THEN TRUE WHEN "admin_id" IS NOT NULL THEN REGEXP_FULL_MATCH("admin_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "admin_id fits",
    "group_name" IS NULL OR LENGTH("group_name") <= 200 AS "group_name fits",
    CASE WHEN CAST("registration_dt" AS VARCHAR) = "registration_dt text" AND "registration_dt" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "registration_dt" IS NOT NULL AND "registration_dt" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("registration_dt text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "registration_dt text" IS NULL END AS "registration_dt fits",
    CASE WHEN CAST("is_private" AS VARCHAR) = "is_private text" THEN TRUE WHEN "is_private" IS NOT NULL THEN REGEXP_FULL_MATCH("is_private text", '[ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*') ELSE "is_private text" IS NULL END AS "is_private fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "id fits" THEN 'id'
    WHEN NOT "admin_id fits" THEN 'admin_id'
    WHEN NOT "group_name fits" THEN 'group_name'
    WHEN NOT "registration_dt fits" THEN 'registration_dt'
    WHEN NOT "is_private fits" THEN 'is_private'
  END AS "column_name",
  CASE
    WHEN "id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "id fits" THEN 'not an integer'
    WHEN "admin_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "admin_id fits" THEN 'not an integer'
    WHEN NOT "group_name fits" THEN 'longer than 200 characters'
    WHEN NOT "registration_dt fits" THEN 'not a timestamp'
    WHEN NOT "is_private fits" THEN 'not a boolean'
  END AS "reason"
FROM "checked"
WHERE NOT ("id fits"
  AND "admin_id fits"
  AND "group_name fits"
  AND "registration_dt fits"
  AND "is_private fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."groups_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."groups"
WHERE "hk_group_id" IN (
  SELECT "hk_group_id"
  FROM "stage"."groups"
  GROUP BY "hk_group_id"
  HAVING COUNT(*) > 1
);
