-- hub h_users: rendered by dv-gen from metadata/users.yml:9.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_users" (
  "hk_user_id" VARBINARY(16) NOT NULL,
  "user_id" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_user_id") DISABLED
)
ORDER BY "hk_user_id"
SEGMENTED BY HASH("hk_user_id") ALL NODES;

-- Keys that are stored with another hash than the rule gives them. Asked before the first batch only:
-- a vault that another tool has built can be loaded on if there are none.
SELECT COUNT(*) AS "differing"
FROM "vault"."h_users"
WHERE "hk_user_id" <> HEX_TO_BINARY(MD5(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("user_id" AS VARCHAR(11)))), 'ß', 'ẞ'), '')));

DROP TABLE IF EXISTS v_temp_schema."h_users_repeats";

CREATE LOCAL TEMPORARY TABLE "h_users_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_user_id" ORDER BY "load_dt", "load_src", "id" NULLS LAST) AS "place no"
  FROM "stage"."users"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."users_repeats")
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_users')*/ INTO "vault"."h_users" (
  "hk_user_id",
  "user_id",
  "load_dt",
  "load_src"
)
SELECT
  "hk_user_id",
  "id" AS "user_id",
  "load_dt",
  "load_src"
FROM "stage"."users" AS staged
WHERE "hk_user_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_users_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_users" AS known
    WHERE known."hk_user_id" = staged."hk_user_id"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_users');
