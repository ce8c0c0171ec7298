-- hub h_group_logs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:5.
-- Edit the metadata or the templates, not this file.

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT INTO "vault"."h_group_logs" (
  "hk_group_log_id",
  "group_log_id",
  "datetime",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT DISTINCT
    "hk_group_log_id" AS "hk_group_log_id",
    "id" AS "group_log_id",
    "datetime" AS "datetime",
    "load_dt",
    "load_src",
    1 AS "feed"
  FROM "stage"."group_log"
  WHERE "hk_group_log_id" IS NOT NULL
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_group_log_id"
      ORDER BY "load_dt", "feed", "load_src", "group_log_id" NULLS LAST, "datetime" NULLS LAST
    ) AS "place"
  FROM "staged" AS staged
  WHERE "hk_group_log_id" NOT IN (
    SELECT known."hk_group_log_id"
    FROM "vault"."h_group_logs" AS known
    WHERE known."hk_group_log_id" IN (SELECT "hk_group_log_id" FROM "staged")
  )
)
SELECT
  "hk_group_log_id",
  "group_log_id",
  "datetime",
  "load_dt",
  "load_src"
FROM "ranked"
WHERE "place" = 1;
