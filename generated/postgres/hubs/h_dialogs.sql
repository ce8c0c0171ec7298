-- hub h_dialogs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:4.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_dialogs" (
  "hk_message_id" UUID NOT NULL,
  "message_id" INTEGER,
  "message_ts" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_message_id")
);

SELECT "dv_meta"."lift_key"('"vault"."h_dialogs"');

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_dialogs" (
  "hk_message_id",
  "message_id",
  "message_ts",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_message_id" ORDER BY "load_dt", "load_src", "message_id" NULLS LAST, "message_ts" NULLS LAST) AS "place no"
    FROM "stage"."dialogs"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."dialogs_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_message_id",
  "message_id",
  "message_ts",
  "load_dt",
  "load_src"
FROM "stage"."dialogs" AS staged
WHERE "hk_message_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_message_id" NOT IN (
    SELECT known."hk_message_id"
    FROM "vault"."h_dialogs" AS known
    WHERE known."hk_message_id" IN (SELECT "hk_message_id" FROM "stage"."dialogs")
  );

SELECT "dv_meta"."put_key"('"vault"."h_dialogs"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_dialogs" ("hk_message_id", "message_id", "message_ts", "load_dt", "load_src");
