-- link l_lives: rendered by dv-gen from metadata/users.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_lives" (
  "hk_l_lives" VARBINARY(16) NOT NULL,
  "hk_user_id" VARBINARY(16) NOT NULL,
  "hk_country_zip" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_lives") DISABLED
)
ORDER BY "hk_l_lives"
SEGMENTED BY HASH("hk_l_lives") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

-- Asked before the first batch only: whether the newest digests that are stored are those of the
-- rule, and of which texts they may be made. A vault that another tool has built can be loaded on
-- where they are.
SELECT
  CASE WHEN "stored digest" = CASE WHEN NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 1" AS VARCHAR(11)))), 'ß', 'ẞ'), '') IS NOT NULL AND (COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 2")), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 3")), 'ß', 'ẞ'), ''), '^^') <> '^^||^^') THEN HEX_TO_BINARY(MD5(NULLIF(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 1" AS VARCHAR(11)))), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 2")), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 3")), 'ß', 'ẞ'), ''), '^^'), '^^||^^||^^'))) END THEN 1 ELSE 0 END AS "same",
  "stored at",
  TO_HEX("stored digest") AS "digest",
  'hk_l_lives' AS "digest column",
  'h_users' AS "name 1",
  'user_id' AS "column 1",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 1" AS VARCHAR(11)))), 'ß', 'ẞ'), ''), '^^') AS "text 1",
  'h_places' AS "name 2",
  'country' AS "column 2",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 2")), 'ß', 'ẞ'), ''), '^^') AS "text 2",
  'h_places' AS "name 3",
  'zip' AS "column 3",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 3")), 'ß', 'ẞ'), ''), '^^') AS "text 3"
FROM (
  SELECT
    CAST(hub_0."user_id" AS INTEGER) AS "value 1",
    hub_1."country" AS "value 2",
    hub_1."zip" AS "value 3",
    held."hk_l_lives" AS "stored digest",
    held."load_dt" AS "stored at"
  FROM "vault"."l_lives" AS held
  LEFT JOIN "vault"."h_users" AS hub_0
    ON hub_0."hk_user_id" = held."hk_user_id"
  LEFT JOIN "vault"."h_places" AS hub_1
    ON hub_1."hk_country_zip" = held."hk_country_zip"
  WHERE held."hk_l_lives" NOT IN (HEX_TO_BINARY('00000000000000000000000000000000'), HEX_TO_BINARY('ffffffffffffffffffffffffffffffff'))
  ORDER BY held."load_dt" DESC, held."hk_l_lives"
  LIMIT 50
) AS stored;

DROP TABLE IF EXISTS v_temp_schema."l_lives_repeats";

CREATE LOCAL TEMPORARY TABLE "l_lives_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_lives" ORDER BY "load_dt", "load_src", "hk_user_id", "hk_country_zip") AS "place no"
  FROM "stage"."users"
  WHERE "hk_l_lives" IN (SELECT "hk_l_lives" FROM "stage"."users" GROUP BY "hk_l_lives" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_lives')*/ INTO "vault"."l_lives" (
  "hk_l_lives",
  "hk_user_id",
  "hk_country_zip",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_lives",
  "hk_user_id",
  "hk_country_zip",
  "load_dt",
  "load_src"
FROM "stage"."users" AS staged
WHERE "hk_l_lives" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_lives_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_lives" AS known
    WHERE known."hk_l_lives" = staged."hk_l_lives"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_lives');
