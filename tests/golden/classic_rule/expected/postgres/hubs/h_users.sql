-- hub h_users: rendered by dv-gen from metadata/users.yml:9.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_users" (
  "hk_user_id" UUID NOT NULL,
  "user_id" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_user_id")
);

-- Keys that are stored with another hash than the rule gives them. Asked before the first batch only:
-- a vault that another tool has built can be loaded on if there are none.
SELECT COUNT(*) AS "differing"
FROM "vault"."h_users"
WHERE "hk_user_id" <> MD5(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("user_id" AS TEXT)) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''))::UUID;

SELECT "dv_meta"."lift_key"('"vault"."h_users"');

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_users" (
  "hk_user_id",
  "user_id",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_user_id" ORDER BY "load_dt", "load_src", "id" NULLS LAST) AS "place no"
    FROM "stage"."users"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."users_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_user_id",
  "id" AS "user_id",
  "load_dt",
  "load_src"
FROM "stage"."users" AS staged
WHERE "hk_user_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_user_id" NOT IN (
    SELECT known."hk_user_id"
    FROM "vault"."h_users" AS known
    WHERE known."hk_user_id" IN (SELECT "hk_user_id" FROM "stage"."users")
  );

SELECT "dv_meta"."put_key"('"vault"."h_users"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_users" ("hk_user_id", "user_id", "load_dt", "load_src");
