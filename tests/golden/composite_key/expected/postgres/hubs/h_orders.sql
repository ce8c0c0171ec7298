-- hub h_orders: rendered by dv-gen from metadata/orders.yml:15.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_orders" (
  "hk_company_no_order_no" UUID NOT NULL,
  "company_no" VARCHAR(4) COLLATE "C",
  "order_no" BIGINT,
  "placed" DATE,
  "rush" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_company_no_order_no")
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "vault"."h_orders" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"vault"."h_orders"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "vault"."h_orders" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"vault"."h_orders"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT INTO "vault"."h_orders" (
  "hk_company_no_order_no",
  "company_no",
  "order_no",
  "placed",
  "rush",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT
    "hk_company_no_order_no",
    "company" AS "company_no",
    CAST("nr" AS BIGINT) AS "order_no",
    "placed",
    "rush",
    "load_dt",
    "load_src",
    1 AS "feed no"
  FROM "stage"."orders"
  WHERE "hk_company_no_order_no" IS NOT NULL
  UNION ALL
  SELECT DISTINCT
    "hk_company_no_order_no",
    "company" AS "company_no",
    "order_nr" AS "order_no",
    "order_date" AS "placed",
    CAST(NULL AS BOOLEAN) AS "rush",
    "load_dt",
    "load_src",
    2 AS "feed no"
  FROM "stage"."payments" AS staged
  WHERE "hk_company_no_order_no" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "stage"."orders" AS better
      WHERE better."hk_company_no_order_no" = staged."hk_company_no_order_no"
        AND better."load_dt" = staged."load_dt"
    )
  UNION ALL
  SELECT DISTINCT
    "hk_company_no_order_no_predecessor" AS "hk_company_no_order_no",
    "follows_company" AS "company_no",
    CAST("follows_nr" AS BIGINT) AS "order_no",
    CAST(NULL AS DATE) AS "placed",
    CAST(NULL AS BOOLEAN) AS "rush",
    "load_dt",
    "load_src",
    3 AS "feed no"
  FROM "stage"."orders" AS staged
  WHERE "hk_company_no_order_no_predecessor" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "stage"."orders" AS better
      WHERE better."hk_company_no_order_no" = staged."hk_company_no_order_no_predecessor"
        AND better."load_dt" = staged."load_dt"
    )
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_company_no_order_no"
      ORDER BY "load_dt", "feed no", "load_src", "company_no" NULLS LAST, "order_no" NULLS LAST, "placed" NULLS LAST, "rush" NULLS LAST
    ) AS "place no"
  FROM "staged" AS staged
  WHERE "hk_company_no_order_no" NOT IN (
    SELECT known."hk_company_no_order_no"
    FROM "vault"."h_orders" AS known
    WHERE known."hk_company_no_order_no" IN (SELECT "hk_company_no_order_no" FROM "staged")
  )
)
SELECT
  "hk_company_no_order_no",
  "company_no",
  "order_no",
  "placed",
  "rush",
  "load_dt",
  "load_src"
FROM "ranked"
WHERE "place no" = 1;

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"vault"."h_orders"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_orders" ("hk_company_no_order_no", "company_no", "order_no", "placed", "rush", "load_dt", "load_src");
