-- hub h_users: rendered by dv-gen from metadata/model.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_users" (
  "hk_user_id" UUID NOT NULL,
  "user_id" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_user_id")
);

SELECT "dv_meta"."lift_key"('"vault"."h_users"');

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT INTO "vault"."h_users" (
  "hk_user_id",
  "user_id",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT
    "hk_user_id",
    "id" AS "user_id",
    "load_dt",
    "load_src",
    1 AS "feed no"
  FROM "stage"."users"
  WHERE "hk_user_id" IS NOT NULL
  UNION ALL
  SELECT DISTINCT
    "hk_user_id",
    "user_id",
    "load_dt",
    "load_src",
    2 AS "feed no"
  FROM "stage"."profiles" AS staged
  WHERE "hk_user_id" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "stage"."users" AS better
      WHERE better."hk_user_id" = staged."hk_user_id"
        AND better."load_dt" = staged."load_dt"
    )
  UNION ALL
  SELECT DISTINCT
    "hk_user_id",
    "user_id",
    "load_dt",
    "load_src",
    3 AS "feed no"
  FROM "stage"."members" AS staged
  WHERE "hk_user_id" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "stage"."users" AS better
      WHERE better."hk_user_id" = staged."hk_user_id"
        AND better."load_dt" = staged."load_dt"
    )
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_user_id"
      ORDER BY "load_dt", "feed no", "load_src", "user_id" NULLS LAST
    ) AS "place no"
  FROM "staged" AS staged
  WHERE "hk_user_id" NOT IN (
    SELECT known."hk_user_id"
    FROM "vault"."h_users" AS known
    WHERE known."hk_user_id" IN (SELECT "hk_user_id" FROM "staged")
  )
)
SELECT
  "hk_user_id",
  "user_id",
  "load_dt",
  "load_src"
FROM "ranked"
WHERE "place no" = 1;

SELECT "dv_meta"."put_key"('"vault"."h_users"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_users" ("hk_user_id", "user_id", "load_dt", "load_src");
