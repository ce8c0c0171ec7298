-- link l_orders_countries: rendered by dv-gen from metadata/model.yml:10.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_orders_countries" (
  "hk_l_orders_countries" VARBINARY(16) NOT NULL,
  "hk_order_no" VARBINARY(16) NOT NULL,
  "hk_country_code" VARBINARY(16) NOT NULL,
  "ldts" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_orders_countries") DISABLED
)
ORDER BY "hk_country_code", "hk_order_no"
SEGMENTED BY HASH("hk_order_no") ALL NODES
KSAFE 1
PARTITION BY "ldts"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("ldts"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_orders_countries_repeats";

CREATE LOCAL TEMPORARY TABLE "l_orders_countries_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_orders_countries" ORDER BY "ldts", "load_src") AS "place no"
  FROM "stage"."orders"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_orders_countries')*/ INTO "vault"."l_orders_countries" (
  "hk_l_orders_countries",
  "hk_order_no",
  "hk_country_code",
  "ldts",
  "load_src"
)
SELECT
  "hk_l_orders_countries",
  "hk_order_no",
  "hk_country_code",
  "ldts",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_l_orders_countries" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_orders_countries_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_orders_countries" AS known
    WHERE known."hk_l_orders_countries" = staged."hk_l_orders_countries"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_orders_countries');
