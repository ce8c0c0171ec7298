-- link l_friend: rendered by dv-gen from metadata/customers.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_friend" (
  "hk_l_friend" UUID NOT NULL,
  "hk_customer_id" UUID NOT NULL,
  "hk_customer_id_friend" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_friend" (
  "hk_l_friend",
  "hk_customer_id",
  "hk_customer_id_friend",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_friend" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."customers"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."customers_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_friend",
  "hk_customer_id",
  "hk_customer_id_friend",
  "load_dt",
  "load_src"
FROM "stage"."customers" AS staged
WHERE "hk_l_friend" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_friend" NOT IN (
    SELECT known."hk_l_friend"
    FROM "vault"."l_friend" AS known
    WHERE known."hk_l_friend" IN (SELECT "hk_l_friend" FROM "stage"."customers")
  );
