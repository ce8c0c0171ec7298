-- satellite s_event: rendered by dv-gen from metadata/customers.yml:24.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_event" (
  "hk_customer_no" UUID NOT NULL,
  "seen_at" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_customer_no")
);

SELECT "dv_meta"."lift_key"('"vault"."s_event"');

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_event' AS "entity",
  'crm' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_customer_no' AS "column_name",
  'no key' AS "reason",
  COALESCE(REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("age" AS TEXT), '\N') || '|' || COALESCE(CAST("seen_at" AS TEXT), '\N') AS "record"
FROM "stage"."crm" AS staged
WHERE staged."hk_customer_no" IS NULL
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_event' AS "entity",
  'shop' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_customer_no' AS "column_name",
  'no key' AS "reason",
  REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') || '|' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|') || '|' || COALESCE(CAST("age" AS TEXT), '\N') || '|' || COALESCE(CAST("seen_at" AS TEXT), '\N') AS "record"
FROM "stage"."shop" AS staged
WHERE staged."hk_customer_no" IS NULL;

-- Events: once per key, the first that arrives; what they say is never compared.
INSERT INTO "vault"."s_event" (
  "hk_customer_no",
  "seen_at",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT
    "hk_customer_no",
    "seen_at",
    "load_dt",
    "load_src",
    1 AS "source no",
    "row_no" AS "row no"
  FROM "stage"."crm"
  WHERE "hk_customer_no" IS NOT NULL
  UNION ALL
  SELECT
    "hk_customer_no",
    "seen_at",
    "load_dt",
    "load_src",
    2 AS "source no",
    "row_no" AS "row no"
  FROM "stage"."shop"
  WHERE "hk_customer_no" IS NOT NULL
),
"placed" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (PARTITION BY "hk_customer_no" ORDER BY "load_dt", "source no" ASC, "row no" ASC) AS "place no"
  FROM "staged" AS staged
  WHERE "hk_customer_no" NOT IN (
    SELECT known."hk_customer_no"
    FROM "vault"."s_event" AS known
    WHERE known."hk_customer_no" IN (SELECT "hk_customer_no" FROM "staged")
  )
)
SELECT
  "hk_customer_no",
  "seen_at",
  "load_dt",
  "load_src"
FROM "placed"
WHERE "place no" = 1;

SELECT "dv_meta"."put_key"('"vault"."s_event"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."s_event" ("hk_customer_no", "seen_at", "load_dt", "load_src");
