-- hub h_accounts: rendered by dv-gen from metadata/bank.yml:25.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_accounts" (
  "hk_iban" UUID NOT NULL,
  "iban" VARCHAR(34),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_accounts" (
  "hk_iban",
  "iban",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_iban" ORDER BY "load_dt", "load_src", "account" NULLS LAST) AS "place no"
    FROM "stage"."bookings"
    WHERE "hk_iban" IN (SELECT "hk_iban" FROM "stage"."bookings" GROUP BY "hk_iban" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_iban",
  "account" AS "iban",
  "load_dt",
  "load_src"
FROM "stage"."bookings" AS staged
WHERE "hk_iban" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_iban" NOT IN (
    SELECT known."hk_iban"
    FROM "vault"."h_accounts" AS known
    WHERE known."hk_iban" IN (SELECT "hk_iban" FROM "stage"."bookings")
  );
