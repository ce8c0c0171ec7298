-- link l_contracts: rendered by dv-gen from metadata/orders.yml:29.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_contracts" (
  "hk_l_contracts" VARBINARY(16) NOT NULL,
  "hk_customer_no" VARBINARY(16) NOT NULL,
  "hk_person_no" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_contracts") DISABLED
)
ORDER BY "hk_l_contracts"
SEGMENTED BY HASH("hk_l_contracts") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_contracts_repeats";

CREATE LOCAL TEMPORARY TABLE "l_contracts_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_contracts" ORDER BY "load_dt", "load_src") AS "place no"
  FROM "stage"."contracts"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."contracts_repeats")
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_contracts')*/ INTO "vault"."l_contracts" (
  "hk_l_contracts",
  "hk_customer_no",
  "hk_person_no",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_contracts",
  "hk_customer_no",
  "hk_person_no",
  "load_dt",
  "load_src"
FROM "stage"."contracts" AS staged
WHERE "hk_l_contracts" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_contracts_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_contracts" AS known
    WHERE known."hk_l_contracts" = staged."hk_l_contracts"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_contracts');
