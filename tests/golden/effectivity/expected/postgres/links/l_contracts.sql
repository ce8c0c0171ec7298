-- link l_contracts: rendered by dv-gen from metadata/orders.yml:29.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_contracts" (
  "hk_l_contracts" UUID NOT NULL,
  "hk_customer_no" UUID NOT NULL,
  "hk_person_no" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_contracts")
);

SELECT "dv_meta"."lift_key"('"vault"."l_contracts"');

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_contracts" (
  "hk_l_contracts",
  "hk_customer_no",
  "hk_person_no",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_contracts" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."contracts"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."contracts_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_contracts",
  "hk_customer_no",
  "hk_person_no",
  "load_dt",
  "load_src"
FROM "stage"."contracts" AS staged
WHERE "hk_l_contracts" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_contracts" NOT IN (
    SELECT known."hk_l_contracts"
    FROM "vault"."l_contracts" AS known
    WHERE known."hk_l_contracts" IN (SELECT "hk_l_contracts" FROM "stage"."contracts")
  );

SELECT "dv_meta"."put_key"('"vault"."l_contracts"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_contracts" ("hk_l_contracts", "hk_customer_no", "hk_person_no", "load_dt", "load_src");
