-- link l_follows: rendered by dv-gen from metadata/orders.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_follows" (
  "hk_l_follows" VARBINARY(16) NOT NULL,
  "hk_company_no_order_no" VARBINARY(16) NOT NULL,
  "hk_company_no_order_no_predecessor" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_follows") DISABLED
)
ORDER BY "hk_l_follows"
SEGMENTED BY HASH("hk_l_follows") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_follows_repeats";

CREATE LOCAL TEMPORARY TABLE "l_follows_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_follows" ORDER BY "load_dt", "load_src") AS "place no"
  FROM "stage"."orders"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_follows')*/ INTO "vault"."l_follows" (
  "hk_l_follows",
  "hk_company_no_order_no",
  "hk_company_no_order_no_predecessor",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_follows",
  "hk_company_no_order_no",
  "hk_company_no_order_no_predecessor",
  "load_dt",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_l_follows" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_follows_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_follows" AS known
    WHERE known."hk_l_follows" = staged."hk_l_follows"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_follows');
