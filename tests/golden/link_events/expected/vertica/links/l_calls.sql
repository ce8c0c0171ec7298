-- link l_calls: rendered by dv-gen from metadata/model.yml:28.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_calls" (
  "hk_l_calls" VARBINARY(16) NOT NULL,
  "hk_customer_no" VARBINARY(16) NOT NULL,
  "hk_shop_no" VARBINARY(16) NOT NULL,
  "lasted" INTEGER,
  "at" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_calls") DISABLED
)
ORDER BY "hk_l_calls"
SEGMENTED BY HASH("hk_l_calls") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

-- Events: once per key, the first that arrives; what they say is never compared.
-- A row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_calls')*/ INTO "vault"."l_calls" (
  "hk_l_calls",
  "hk_customer_no",
  "hk_shop_no",
  "lasted",
  "at",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_calls",
  "hk_customer_no",
  "hk_shop_no",
  "lasted",
  "at",
  "load_dt",
  "load_src"
FROM (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_l_calls"
      ORDER BY "load_dt", "feed no", "order 1" NULLS FIRST, "order 2"
    ) AS "place no"
  FROM (
    SELECT
      "hk_l_calls",
      "hk_customer_no",
      "hk_shop_no",
      "minutes" AS "lasted",
      "at",
      "load_dt",
      "load_src",
      "at" AS "order 1",
      "row_no" AS "order 2",
      1 AS "feed no"
    FROM "stage"."calls"
    WHERE "hk_l_calls" IS NOT NULL
    UNION ALL
    SELECT
      "hk_l_calls",
      "hk_customer_no",
      "hk_shop_no",
      "minutes" AS "lasted",
      "at",
      "load_dt",
      "load_src",
      "at" AS "order 1",
      "row_no" AS "order 2",
      2 AS "feed no"
    FROM "stage"."old_calls"
    WHERE "hk_l_calls" IS NOT NULL
  ) AS staged
  WHERE NOT EXISTS (
    SELECT 1
    FROM "vault"."l_calls" AS known
    WHERE known."hk_l_calls" = staged."hk_l_calls"
  )
) AS "ranked"
WHERE "place no" = 1;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_calls');
