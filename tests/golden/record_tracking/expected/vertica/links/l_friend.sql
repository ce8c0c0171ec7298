-- link l_friend: rendered by dv-gen from metadata/customers.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_friend" (
  "hk_l_friend" VARBINARY(16) NOT NULL,
  "hk_customer_id" VARBINARY(16) NOT NULL,
  "hk_customer_id_friend" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_friend") DISABLED
)
ORDER BY "hk_l_friend"
SEGMENTED BY HASH("hk_l_friend") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_friend_repeats";

CREATE LOCAL TEMPORARY TABLE "l_friend_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_friend" ORDER BY "load_dt", "load_src") AS "place no"
  FROM "stage"."customers"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."customers_repeats")
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_friend')*/ INTO "vault"."l_friend" (
  "hk_l_friend",
  "hk_customer_id",
  "hk_customer_id_friend",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_friend",
  "hk_customer_id",
  "hk_customer_id_friend",
  "load_dt",
  "load_src"
FROM "stage"."customers" AS staged
WHERE "hk_l_friend" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_friend_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_friend" AS known
    WHERE known."hk_l_friend" = staged."hk_l_friend"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_friend');
