-- hub h_groups: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:3.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_groups" (
  "hk_group_id" VARBINARY(16) NOT NULL,
  "group_id" INTEGER,
  "registration_dt" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_group_id") DISABLED
)
ORDER BY "hk_group_id"
SEGMENTED BY HASH("hk_group_id") ALL NODES;

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT /*+LABEL('dv_gen:h_groups')*/ INTO "vault"."h_groups" (
  "hk_group_id",
  "group_id",
  "registration_dt",
  "load_dt",
  "load_src"
)
SELECT
  "hk_group_id",
  "group_id",
  "registration_dt",
  "load_dt",
  "load_src"
FROM (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_group_id"
      ORDER BY "load_dt", "feed no", "load_src", "group_id" NULLS LAST, "registration_dt" NULLS LAST
    ) AS "place no"
  FROM (
    SELECT
      "hk_group_id",
      "id" AS "group_id",
      "registration_dt",
      "load_dt",
      "load_src",
      1 AS "feed no"
    FROM "stage"."groups"
    WHERE "hk_group_id" IS NOT NULL
    UNION ALL
    SELECT DISTINCT
      "hk_group_id",
      "message_group" AS "group_id",
      CAST(NULL AS TIMESTAMP) AS "registration_dt",
      "load_dt",
      "load_src",
      2 AS "feed no"
    FROM "stage"."dialogs" AS staged
    WHERE "hk_group_id" IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM "stage"."groups" AS better
        WHERE better."hk_group_id" = staged."hk_group_id"
          AND better."load_dt" = staged."load_dt"
      )
    UNION ALL
    SELECT DISTINCT
      "hk_group_id",
      "group_id",
      CAST(NULL AS TIMESTAMP) AS "registration_dt",
      "load_dt",
      "load_src",
      3 AS "feed no"
    FROM "stage"."group_log" AS staged
    WHERE "hk_group_id" IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM "stage"."groups" AS better
        WHERE better."hk_group_id" = staged."hk_group_id"
          AND better."load_dt" = staged."load_dt"
      )
  ) AS staged
  WHERE NOT EXISTS (
    SELECT 1
    FROM "vault"."h_groups" AS known
    WHERE known."hk_group_id" = staged."hk_group_id"
  )
) AS "ranked"
WHERE "place no" = 1;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_groups');
