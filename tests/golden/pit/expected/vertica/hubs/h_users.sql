-- hub h_users: rendered by dv-gen from metadata/model.yml:16.
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

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT /*+LABEL('dv_gen:h_users')*/ INTO "vault"."h_users" (
  "hk_user_id",
  "user_id",
  "load_dt",
  "load_src"
)
SELECT
  "hk_user_id",
  "user_id",
  "load_dt",
  "load_src"
FROM (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_user_id"
      ORDER BY "load_dt", "feed no", "load_src", "user_id" NULLS LAST
    ) AS "place no"
  FROM (
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
  ) AS staged
  WHERE NOT EXISTS (
    SELECT 1
    FROM "vault"."h_users" AS known
    WHERE known."hk_user_id" = staged."hk_user_id"
  )
) AS "ranked"
WHERE "place no" = 1;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_users');
