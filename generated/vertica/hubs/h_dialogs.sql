-- hub h_dialogs: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:4.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_dialogs" (
  "hk_message_id" VARBINARY(16) NOT NULL,
  "message_id" INTEGER,
  "message_ts" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_message_id") DISABLED
)
ORDER BY "hk_message_id"
SEGMENTED BY HASH("hk_message_id") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_dialogs_repeats";

CREATE LOCAL TEMPORARY TABLE "h_dialogs_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_message_id" ORDER BY "load_dt", "load_src", "message_id" NULLS LAST, "message_ts" NULLS LAST) AS "place no"
  FROM "stage"."dialogs"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."dialogs_repeats")
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_dialogs')*/ INTO "vault"."h_dialogs" (
  "hk_message_id",
  "message_id",
  "message_ts",
  "load_dt",
  "load_src"
)
SELECT
  "hk_message_id",
  "message_id",
  "message_ts",
  "load_dt",
  "load_src"
FROM "stage"."dialogs" AS staged
WHERE "hk_message_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_dialogs_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_dialogs" AS known
    WHERE known."hk_message_id" = staged."hk_message_id"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_dialogs');
