-- hub h_dialogs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:4.
-- Edit the metadata or the templates, not this file.

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT INTO "vault"."h_dialogs" (
  "hk_message_id",
  "message_id",
  "message_ts",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT DISTINCT
    "hk_message_id" AS "hk_message_id",
    "message_id" AS "message_id",
    "message_ts" AS "message_ts",
    "load_dt",
    "load_src",
    1 AS "feed"
  FROM "stage"."dialogs"
  WHERE "hk_message_id" IS NOT NULL
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_message_id"
      ORDER BY "load_dt", "feed", "load_src", "message_id" NULLS LAST, "message_ts" NULLS LAST
    ) AS "place"
  FROM "staged" AS staged
  WHERE "hk_message_id" NOT IN (
    SELECT known."hk_message_id"
    FROM "vault"."h_dialogs" AS known
    WHERE known."hk_message_id" IN (SELECT "hk_message_id" FROM "staged")
  )
)
SELECT
  "hk_message_id",
  "message_id",
  "message_ts",
  "load_dt",
  "load_src"
FROM "ranked"
WHERE "place" = 1;
