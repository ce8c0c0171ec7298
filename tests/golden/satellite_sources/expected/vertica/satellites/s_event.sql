-- satellite s_event: rendered by dv-gen from metadata/customers.yml:24.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_event" (
  "hk_customer_no" VARBINARY(16) NOT NULL,
  "seen_at" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_customer_no") DISABLED
)
ORDER BY "hk_customer_no"
SEGMENTED BY HASH("hk_customer_no") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:s_event')*/ INTO "dv_meta"."rejects" (
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
  COALESCE(REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("age" AS VARCHAR(6)), '\N') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("seen_at", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') AS "record"
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
  REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') || '|' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|') || '|' || COALESCE(CAST("age" AS VARCHAR(11)), '\N') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("seen_at", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') AS "record"
FROM "stage"."shop" AS staged
WHERE staged."hk_customer_no" IS NULL;

-- Events: once per key, the first that arrives; what they say is never compared.
INSERT /*+LABEL('dv_gen:s_event')*/ INTO "vault"."s_event" (
  "hk_customer_no",
  "seen_at",
  "load_dt",
  "load_src"
)
SELECT
  "hk_customer_no",
  "seen_at",
  "load_dt",
  "load_src"
FROM (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (PARTITION BY "hk_customer_no" ORDER BY "load_dt", "source no" ASC, "row no" ASC) AS "place no"
  FROM (
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
  ) AS staged
  WHERE NOT EXISTS (
    SELECT 1
    FROM "vault"."s_event" AS known
    WHERE known."hk_customer_no" = staged."hk_customer_no"
  )
) AS "placed"
WHERE "place no" = 1;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.s_event');
