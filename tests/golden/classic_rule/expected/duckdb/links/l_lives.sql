-- link l_lives: rendered by dv-gen from metadata/users.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_lives" (
  "hk_l_lives" UUID NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hk_country_zip" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- Asked before the first batch only: whether the newest digests that are stored are those of the
-- rule, and of which texts they may be made. A vault that another tool has built can be loaded on
-- where they are.
SELECT
  CASE WHEN "stored digest" = CASE WHEN NULLIF(UPPER(TRIM(BOTH ' ' FROM CAST("value 1" AS VARCHAR))), '') IS NOT NULL AND (CONCAT_WS('||', COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "value 2")), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "value 3")), ''), '^^')) <> '^^||^^') THEN UNHEX(MD5(NULLIF(CONCAT_WS('||', COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM CAST("value 1" AS VARCHAR))), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "value 2")), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "value 3")), ''), '^^')), '^^||^^||^^')))::UUID END THEN 1 ELSE 0 END AS "same",
  "stored at",
  REPLACE(CAST("stored digest" AS VARCHAR), '-', '') AS "digest",
  'hk_l_lives' AS "digest column",
  'h_users' AS "name 1",
  'user_id' AS "column 1",
  COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM CAST("value 1" AS VARCHAR))), ''), '^^') AS "text 1",
  'h_places' AS "name 2",
  'country' AS "column 2",
  COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "value 2")), ''), '^^') AS "text 2",
  'h_places' AS "name 3",
  'zip' AS "column 3",
  COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "value 3")), ''), '^^') AS "text 3"
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
  WHERE held."hk_l_lives" NOT IN (UNHEX('00000000000000000000000000000000')::UUID, UNHEX('ffffffffffffffffffffffffffffffff')::UUID)
  ORDER BY held."load_dt" DESC, held."hk_l_lives"
  LIMIT 50
) AS stored;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_lives" (
  "hk_l_lives",
  "hk_user_id",
  "hk_country_zip",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_lives" ORDER BY "load_dt", "load_src", "hk_user_id", "hk_country_zip") AS "place no"
    FROM "stage"."users"
    WHERE "hk_l_lives" IN (SELECT "hk_l_lives" FROM "stage"."users" GROUP BY "hk_l_lives" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_lives",
  "hk_user_id",
  "hk_country_zip",
  "load_dt",
  "load_src"
FROM "stage"."users" AS staged
WHERE "hk_l_lives" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_lives" NOT IN (
    SELECT known."hk_l_lives"
    FROM "vault"."l_lives" AS known
    WHERE known."hk_l_lives" IN (SELECT "hk_l_lives" FROM "stage"."users")
  );
