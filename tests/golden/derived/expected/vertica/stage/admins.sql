-- stage admins: rendered by dv-gen from metadata/admins.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."admins" CASCADE;

CREATE TABLE "stage"."admins" (
  "user_id" INTEGER NOT NULL,
  "group_id" INTEGER NOT NULL,
  "since" TIMESTAMP,
  "title" VARCHAR(80),
  "tenant" VARCHAR(112) NOT NULL,
  "is_admin" BOOLEAN NOT NULL,
  "level" INTEGER NOT NULL,
  "valid_to" DATE NOT NULL,
  "label" VARCHAR(160),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_user_id" VARBINARY(16) NOT NULL,
  "hk_group_id" VARBINARY(16) NOT NULL,
  "hk_tenant" VARBINARY(16),
  "hk_l_admins" VARBINARY(16),
  "hashdiff_s_admins" VARBINARY(16) NOT NULL
)
ORDER BY "hk_user_id"
SEGMENTED BY HASH("hk_user_id") ALL NODES;

DROP TABLE IF EXISTS "stage"."admins_repeats" CASCADE;

CREATE TABLE "stage"."admins_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_admins";

CREATE LOCAL TEMPORARY TABLE "raw_admins" (
  "row_no" INTEGER NOT NULL,
  "user_id" VARCHAR(404),
  "group_id" VARCHAR(404),
  "since" VARCHAR(404),
  "title" VARCHAR(84)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:admins')*/ "raw_admins" (
  "row_no",
  "user_id",
  "group_id",
  "since",
  "title"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_admins_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:admins')*/ INTO "stage"."admins" (
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
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("user_id" AS VARCHAR(11)))) AS "hk_user_id",
  HEX_TO_BINARY(MD5(CAST("group_id" AS VARCHAR(11)))) AS "hk_group_id",
  CASE WHEN TRIM(BOTH ' ' FROM "tenant") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("tenant", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_tenant",
  CASE WHEN TRIM(BOTH ' ' FROM "tenant") <> '' THEN HEX_TO_BINARY(MD5(CAST("user_id" AS VARCHAR(11)) || '|' || CAST("group_id" AS VARCHAR(11)) || '|' || REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("tenant", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_l_admins",
  HEX_TO_BINARY(MD5(SUBSTR(
    '|is_admin=' || CASE WHEN "is_admin" THEN 'true' WHEN NOT "is_admin" THEN 'false' END
    || COALESCE('|label=' || REPLACE(REPLACE("label", '\', '\\'), '|', '\|'), '')
    || '|level=' || CAST("level" AS VARCHAR(6))
    || '|valid_to=' || TO_CHAR("valid_to", 'YYYY-MM-DD'),
    2
  ))) AS "hashdiff_s_admins"
FROM (
  SELECT
    given.*,
    CAST('It''s -- ours; :file $load_dt' AS VARCHAR(112)) AS "tenant",
    CAST(TRUE AS BOOLEAN) AS "is_admin",
    CAST(1 AS INTEGER) AS "level",
    CAST('9999-12-31' AS DATE) AS "valid_to",
    CAST("label raw" AS VARCHAR(164)) AS "label",
    "label raw" IS NULL OR CHARACTER_LENGTH(CAST("label raw" AS VARCHAR(164))) <= 40 AS "label fits"
  FROM (
    SELECT
      fitting.*,
      COALESCE(title, 'none') || ' of ' || group_id AS "label raw"
    FROM (
      SELECT
        "user_id",
        "group_id",
        "since",
        "title",
        "row_no"
      FROM (
        SELECT
          typed.*,
          "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND "user_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("user_id" AS VARCHAR(11)) = "user_id text" OR REGEXP_LIKE("user_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "user_id fits",
          "group_id text" IS NOT NULL AND "group_id" IS NOT NULL AND "group_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("group_id" AS VARCHAR(11)) = "group_id text" OR REGEXP_LIKE("group_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "group_id fits",
          "since text" IS NULL OR "since" IS NOT NULL AND "since" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("since" AS VARCHAR(26)) = "since text" OR REGEXP_LIKE("since text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "since fits",
          "title" IS NULL OR CHARACTER_LENGTH("title") <= 20 AS "title fits"
        FROM (
          SELECT
            "row_no" AS "row_no",
            SUBSTR(raw."user_id", 2) AS "user_id text",
            SUBSTR(raw."user_id", 2)::!INTEGER AS "user_id",
            SUBSTR(raw."group_id", 2) AS "group_id text",
            SUBSTR(raw."group_id", 2)::!INTEGER AS "group_id",
            SUBSTR(raw."since", 2) AS "since text",
            SUBSTR(raw."since", 2)::!TIMESTAMP AS "since",
            SUBSTR(raw."title", 2) AS "title"
          FROM "raw_admins" AS raw
        ) AS typed
      ) AS "checked"
      WHERE "user_id fits"
        AND "group_id fits"
        AND "since fits"
        AND "title fits"
    ) AS fitting
  ) AS given
) AS "derived"
WHERE "label fits";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."user_id", 2) AS "user_id text",
    SUBSTR(raw."user_id", 2)::!INTEGER AS "user_id",
    SUBSTR(raw."group_id", 2) AS "group_id text",
    SUBSTR(raw."group_id", 2)::!INTEGER AS "group_id",
    SUBSTR(raw."since", 2) AS "since text",
    SUBSTR(raw."since", 2)::!TIMESTAMP AS "since",
    SUBSTR(raw."title", 2) AS "title"
  FROM "raw_admins" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND "user_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("user_id" AS VARCHAR(11)) = "user_id text" OR REGEXP_LIKE("user_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "user_id fits",
    "group_id text" IS NOT NULL AND "group_id" IS NOT NULL AND "group_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("group_id" AS VARCHAR(11)) = "group_id text" OR REGEXP_LIKE("group_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "group_id fits",
    "since text" IS NULL OR "since" IS NOT NULL AND "since" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("since" AS VARCHAR(26)) = "since text" OR REGEXP_LIKE("since text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "since fits",
    "title" IS NULL OR CHARACTER_LENGTH("title") <= 20 AS "title fits"
  FROM "typed" AS typed
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
    CAST('It''s -- ours; :file $load_dt' AS VARCHAR(112)) AS "tenant",
    CAST(TRUE AS BOOLEAN) AS "is_admin",
    CAST(1 AS INTEGER) AS "level",
    CAST('9999-12-31' AS DATE) AS "valid_to",
    CAST("label raw" AS VARCHAR(164)) AS "label",
    "label raw" IS NULL OR CHARACTER_LENGTH(CAST("label raw" AS VARCHAR(164))) <= 40 AS "label fits"
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

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:admins')*/ INTO "stage"."admins_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."admins"
WHERE "hk_user_id" IN (
  SELECT "hk_user_id"
  FROM "stage"."admins"
  GROUP BY "hk_user_id"
  HAVING COUNT(*) > 1
);
