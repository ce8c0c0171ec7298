-- stage groups: rendered by dv-gen 0.1.0 from metadata/sources/social.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."groups";

CREATE TABLE "stage"."groups" (
  "id" INTEGER NOT NULL,
  "admin_id" INTEGER NOT NULL,
  "group_name" VARCHAR(200) COLLATE "C",
  "registration_dt" TIMESTAMP,
  "is_private" BOOLEAN,
  "is_admin" BOOLEAN NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
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
DROP TABLE IF EXISTS pg_temp."raw_groups";

CREATE TEMPORARY TABLE "raw_groups" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "id" TEXT COLLATE "C",
  "admin_id" TEXT COLLATE "C",
  "group_name" TEXT COLLATE "C",
  "registration_dt" TEXT COLLATE "C",
  "is_private" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_groups";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_groups" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_groups") + 1 AS "row_no",
    raw."id" AS "id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."id", 'integer') THEN CAST(raw."id" AS INTEGER) END AS "id",
    raw."admin_id" AS "admin_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."admin_id", 'integer') THEN CAST(raw."admin_id" AS INTEGER) END AS "admin_id",
    raw."group_name" AS "group_name",
    raw."registration_dt" AS "registration_dt text",
    CASE WHEN PG_INPUT_IS_VALID(raw."registration_dt", 'timestamp') THEN CAST(raw."registration_dt" AS TIMESTAMP) END AS "registration_dt",
    raw."is_private" AS "is_private text",
    CASE WHEN PG_INPUT_IS_VALID(TRIM(BOTH ' ' FROM raw."is_private"), 'boolean') THEN CAST(TRIM(BOTH ' ' FROM raw."is_private") AS BOOLEAN) END AS "is_private"
  FROM "raw_groups" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "id text" IS NOT NULL AND "id" IS NOT NULL AND (CAST("id" AS TEXT) = "id text" OR "id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "id fits",
    "admin_id text" IS NOT NULL AND "admin_id" IS NOT NULL AND (CAST("admin_id" AS TEXT) = "admin_id text" OR "admin_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "admin_id fits",
    "group_name" IS NULL OR LENGTH("group_name") <= 200 AS "group_name fits",
    "registration_dt text" IS NULL OR "registration_dt" IS NOT NULL AND "registration_dt" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("registration_dt" AS TEXT) = "registration_dt text" OR "registration_dt text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "registration_dt fits",
    "is_private text" IS NULL OR "is_private" IS NOT NULL AND (CAST("is_private" AS TEXT) = "is_private text" OR "is_private text" ~ '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)$') AS "is_private fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("admin_id" AS TEXT))::UUID AS "hk_user_id",
  MD5(CAST("id" AS TEXT))::UUID AS "hk_group_id",
  MD5(CAST("admin_id" AS TEXT) || '|' || CAST("id" AS TEXT))::UUID AS "hk_l_admins",
  MD5(COALESCE('group_name=' || REPLACE(REPLACE("group_name", '\', '\\'), '|', '\|'), ''))::UUID AS "hashdiff_s_group_name",
  MD5(COALESCE('is_private=' || CAST("is_private" AS TEXT), ''))::UUID AS "hashdiff_s_group_private_status",
  MD5(CONCAT_WS(
    '|',
    'admin_from=' || CAST("registration_dt" AS TEXT),
    'is_admin=' || CAST("is_admin" AS TEXT)
  ))::UUID AS "hashdiff_s_admins"
FROM "derived";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_groups") + 1 AS "row_no",
    raw."id" AS "id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."id", 'integer') THEN CAST(raw."id" AS INTEGER) END AS "id",
    raw."admin_id" AS "admin_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."admin_id", 'integer') THEN CAST(raw."admin_id" AS INTEGER) END AS "admin_id",
    raw."group_name" AS "group_name",
    raw."registration_dt" AS "registration_dt text",
    CASE WHEN PG_INPUT_IS_VALID(raw."registration_dt", 'timestamp') THEN CAST(raw."registration_dt" AS TIMESTAMP) END AS "registration_dt",
    raw."is_private" AS "is_private text",
    CASE WHEN PG_INPUT_IS_VALID(TRIM(BOTH ' ' FROM raw."is_private"), 'boolean') THEN CAST(TRIM(BOTH ' ' FROM raw."is_private") AS BOOLEAN) END AS "is_private"
  FROM "raw_groups" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "id text" IS NOT NULL AND "id" IS NOT NULL AND (CAST("id" AS TEXT) = "id text" OR "id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "id fits",
    "admin_id text" IS NOT NULL AND "admin_id" IS NOT NULL AND (CAST("admin_id" AS TEXT) = "admin_id text" OR "admin_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "admin_id fits",
    "group_name" IS NULL OR LENGTH("group_name") <= 200 AS "group_name fits",
    "registration_dt text" IS NULL OR "registration_dt" IS NOT NULL AND "registration_dt" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("registration_dt" AS TEXT) = "registration_dt text" OR "registration_dt text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "registration_dt fits",
    "is_private text" IS NULL OR "is_private" IS NOT NULL AND (CAST("is_private" AS TEXT) = "is_private text" OR "is_private text" ~ '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)$') AS "is_private fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."groups" ("load_dt", "hk_user_id", "hk_group_id", "hk_l_admins");

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
