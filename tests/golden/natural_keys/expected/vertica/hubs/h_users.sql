-- hub h_users: rendered by dv-gen from metadata/model.yml:14.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_users" (
  "user_id" INTEGER NOT NULL,
  "city" VARCHAR(200),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("user_id") DISABLED
)
ORDER BY "user_id"
SEGMENTED BY HASH("user_id") ALL NODES;

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT /*+LABEL('dv_gen:h_users')*/ INTO "vault"."h_users" (
  "user_id",
  "city",
  "load_dt",
  "load_src"
)
SELECT
  "user_id",
  "city",
  "load_dt",
  "load_src"
FROM (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "user_id"
      ORDER BY "load_dt", "feed no", "load_src", "user_id" NULLS LAST, "city" NULLS LAST
    ) AS "place no"
  FROM (
    SELECT
      "key_user_id" AS "user_id",
      "city",
      "load_dt",
      "load_src",
      1 AS "feed no"
    FROM "stage"."users"
    WHERE "key_user_id" IS NOT NULL
    UNION ALL
    SELECT DISTINCT
      "key_user_id_boss" AS "user_id",
      CAST(NULL AS VARCHAR(200)) AS "city",
      "load_dt",
      "load_src",
      2 AS "feed no"
    FROM "stage"."users" AS staged
    WHERE "key_user_id_boss" IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM "stage"."users" AS better
        WHERE better."key_user_id" = staged."key_user_id_boss"
          AND better."load_dt" = staged."load_dt"
      )
    UNION ALL
    SELECT DISTINCT
      "key_user_id" AS "user_id",
      CAST(NULL AS VARCHAR(200)) AS "city",
      "load_dt",
      "load_src",
      3 AS "feed no"
    FROM "stage"."visits" AS staged
    WHERE "key_user_id" IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM "stage"."users" AS better
        WHERE better."key_user_id" = staged."key_user_id"
          AND better."load_dt" = staged."load_dt"
      )
  ) AS staged
  WHERE NOT EXISTS (
    SELECT 1
    FROM "vault"."h_users" AS known
    WHERE known."user_id" = staged."user_id"
  )
) AS "ranked"
WHERE "place no" = 1;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_users');
