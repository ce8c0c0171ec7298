-- hub h_accounts: rendered by dv-gen from metadata/bank.yml:25.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_accounts" (
  "hk_iban" VARBINARY(16) NOT NULL,
  "iban" VARCHAR(136),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_iban") DISABLED
)
ORDER BY "hk_iban"
SEGMENTED BY HASH("hk_iban") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_accounts_repeats";

CREATE LOCAL TEMPORARY TABLE "h_accounts_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_iban" ORDER BY "load_dt", "load_src", "account" NULLS LAST) AS "place no"
  FROM "stage"."bookings"
  WHERE "hk_iban" IN (SELECT "hk_iban" FROM "stage"."bookings" GROUP BY "hk_iban" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_accounts')*/ INTO "vault"."h_accounts" (
  "hk_iban",
  "iban",
  "load_dt",
  "load_src"
)
SELECT
  "hk_iban",
  "account" AS "iban",
  "load_dt",
  "load_src"
FROM "stage"."bookings" AS staged
WHERE "hk_iban" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_accounts_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_accounts" AS known
    WHERE known."hk_iban" = staged."hk_iban"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_accounts');
