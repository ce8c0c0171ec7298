-- link l_gifts: rendered by dv-gen from metadata/model.yml:21.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_gifts" (
  "hk_l_gifts" VARBINARY(16) NOT NULL,
  "hk_shop_order_no" VARBINARY(16) NOT NULL,
  "hk_country_customer_no" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_gifts") DISABLED
)
ORDER BY "hk_l_gifts"
SEGMENTED BY HASH("hk_l_gifts") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_gifts_repeats";

CREATE LOCAL TEMPORARY TABLE "l_gifts_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_gifts" ORDER BY "load_dt", "load_src") AS "place no"
  FROM "stage"."shop_de"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."shop_de_repeats")
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the other hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_gifts')*/ INTO "vault"."l_gifts" (
  "hk_l_gifts",
  "hk_shop_order_no",
  "hk_country_customer_no",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_gifts",
  "hk_shop_order_no",
  COALESCE("hk_country_customer_no_recipient", HEX_TO_BINARY('00000000000000000000000000000000')) AS "hk_country_customer_no",
  "load_dt",
  "load_src"
FROM "stage"."shop_de" AS staged
WHERE "hk_l_gifts" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_gifts_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_gifts" AS known
    WHERE known."hk_l_gifts" = staged."hk_l_gifts"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_gifts');
