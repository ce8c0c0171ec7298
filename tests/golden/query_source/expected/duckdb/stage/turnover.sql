-- stage turnover: rendered by dv-gen from metadata/customers.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."turnover";

CREATE TABLE "stage"."turnover" (
  "customer" VARCHAR(10) NOT NULL,
  "orders" INTEGER NOT NULL,
  "amount" BIGINT,
  "mean" DECIMAL(9, 2),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_customer" UUID,
  "hashdiff_s_turnover" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."turnover_repeats";

CREATE TABLE "stage"."turnover_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_turnover";

-- What the query gives, once; the number tells equal rows apart and is the same in every run.
CREATE TEMPORARY TABLE "raw_turnover" AS
SELECT
  ROW_NUMBER() OVER (ORDER BY "customer" NULLS LAST, "orders" NULLS LAST, "amount" NULLS LAST) AS "row_no",
  "customer",
  "orders",
  "amount"
FROM (
SELECT
  c.customer,
  COUNT(*) AS orders,
  SUM(s.amount) AS amount
FROM "vault"."l_orders" AS l
JOIN "vault"."h_customers" AS c ON c.hk_customer = l.hk_customer
JOIN "vault"."s_orders_current" AS s ON s.hk_order_no = l.hk_order_no
GROUP BY c.customer
) AS "asked";

SELECT COUNT(*) FROM "raw_turnover";

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."turnover" (
  "customer",
  "orders",
  "amount",
  "mean",
  "load_dt",
  "load_src",
  "row_no",
  "hk_customer",
  "hashdiff_s_turnover"
)
WITH
"checked" AS (
  SELECT
    raw."row_no",
    raw."customer" AS "customer raw",
    CAST(raw."customer" AS VARCHAR) AS "customer",
    raw."customer" IS NOT NULL AND LENGTH(CAST(raw."customer" AS VARCHAR)) <= 10 AS "customer fits",
    raw."orders" AS "orders raw",
    TRY_CAST(raw."orders" AS INTEGER) AS "orders",
    raw."orders" IS NOT NULL AND TRY_CAST(raw."orders" AS INTEGER) IS NOT NULL AS "orders fits",
    raw."amount" AS "amount raw",
    TRY_CAST(raw."amount" AS BIGINT) AS "amount",
    raw."amount" IS NULL OR TRY_CAST(raw."amount" AS BIGINT) IS NOT NULL AS "amount fits"
  FROM "raw_turnover" AS raw
),
"fitting" AS (
  SELECT
    "customer",
    "orders",
    "amount",
    "row_no"
  FROM "checked"
  WHERE "customer fits"
    AND "orders fits"
    AND "amount fits"
),
"given" AS (
  SELECT
    fitting.*,
    amount / orders AS "mean raw"
  FROM "fitting" AS fitting
),
"derived" AS (
  SELECT
    given.*,
    TRY_CAST("mean raw" AS DECIMAL(9, 2)) AS "mean",
    "mean raw" IS NULL OR TRY_CAST("mean raw" AS DECIMAL(9, 2)) IS NOT NULL AS "mean fits"
  FROM "given" AS given
),
"wanted" AS (
  SELECT derived.*
  FROM "derived" AS derived
  WHERE orders > 1
)
SELECT
  "customer",
  "orders",
  "amount",
  "mean",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST('turnover' AS VARCHAR(255)) AS "load_src",
  "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("customer", '\') OR CONTAINS("customer", '|') THEN REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') ELSE "customer" END))))::UUID END AS "hk_customer",
  UNHEX(MD5(CONCAT_WS(
    '|',
    'amount=' || CAST("amount" AS VARCHAR),
    'mean=' || REGEXP_REPLACE(CAST("mean" AS VARCHAR), '[.]?0+$', ''),
    'orders=' || CAST("orders" AS VARCHAR)
  )))::UUID AS "hashdiff_s_turnover"
FROM "wanted"
WHERE "mean fits";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"checked" AS (
  SELECT
    raw."row_no",
    raw."customer" AS "customer raw",
    CAST(raw."customer" AS VARCHAR) AS "customer",
    raw."customer" IS NOT NULL AND LENGTH(CAST(raw."customer" AS VARCHAR)) <= 10 AS "customer fits",
    raw."orders" AS "orders raw",
    TRY_CAST(raw."orders" AS INTEGER) AS "orders",
    raw."orders" IS NOT NULL AND TRY_CAST(raw."orders" AS INTEGER) IS NOT NULL AS "orders fits",
    raw."amount" AS "amount raw",
    TRY_CAST(raw."amount" AS BIGINT) AS "amount",
    raw."amount" IS NULL OR TRY_CAST(raw."amount" AS BIGINT) IS NOT NULL AS "amount fits"
  FROM "raw_turnover" AS raw
),
"fitting" AS (
  SELECT
    "customer",
    "orders",
    "amount",
    "row_no"
  FROM "checked"
  WHERE "customer fits"
    AND "orders fits"
    AND "amount fits"
),
"given" AS (
  SELECT
    fitting.*,
    amount / orders AS "mean raw"
  FROM "fitting" AS fitting
),
"derived" AS (
  SELECT
    given.*,
    TRY_CAST("mean raw" AS DECIMAL(9, 2)) AS "mean",
    "mean raw" IS NULL OR TRY_CAST("mean raw" AS DECIMAL(9, 2)) IS NOT NULL AS "mean fits"
  FROM "given" AS given
),
"wanted" AS (
  SELECT derived.*
  FROM "derived" AS derived
  WHERE orders > 1
)
SELECT
  "row_no",
  CASE
    WHEN NOT "customer fits" THEN 'customer'
    WHEN NOT "orders fits" THEN 'orders'
    WHEN NOT "amount fits" THEN 'amount'
  END AS "column_name",
  CASE
    WHEN "customer raw" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "customer fits" THEN 'longer than 10 characters'
    WHEN "orders raw" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "orders fits" THEN 'not an integer'
    WHEN NOT "amount fits" THEN 'not a bigint'
  END AS "reason"
FROM "checked"
WHERE NOT ("customer fits"
  AND "orders fits"
  AND "amount fits")
UNION ALL
SELECT
  "row_no",
  CASE
    WHEN NOT "mean fits" THEN 'mean'
  END AS "column_name",
  CASE
    WHEN NOT "mean fits" THEN 'not a decimal(9,2)'
  END AS "reason"
FROM "wanted"
WHERE NOT ("mean fits")
ORDER BY "row_no";

-- How many rows the source's filter leaves out. Run only when rows are missing.
WITH
"checked" AS (
  SELECT
    raw."row_no",
    raw."customer" AS "customer raw",
    CAST(raw."customer" AS VARCHAR) AS "customer",
    raw."customer" IS NOT NULL AND LENGTH(CAST(raw."customer" AS VARCHAR)) <= 10 AS "customer fits",
    raw."orders" AS "orders raw",
    TRY_CAST(raw."orders" AS INTEGER) AS "orders",
    raw."orders" IS NOT NULL AND TRY_CAST(raw."orders" AS INTEGER) IS NOT NULL AS "orders fits",
    raw."amount" AS "amount raw",
    TRY_CAST(raw."amount" AS BIGINT) AS "amount",
    raw."amount" IS NULL OR TRY_CAST(raw."amount" AS BIGINT) IS NOT NULL AS "amount fits"
  FROM "raw_turnover" AS raw
),
"fitting" AS (
  SELECT
    "customer",
    "orders",
    "amount",
    "row_no"
  FROM "checked"
  WHERE "customer fits"
    AND "orders fits"
    AND "amount fits"
),
"given" AS (
  SELECT
    fitting.*,
    amount / orders AS "mean raw"
  FROM "fitting" AS fitting
),
"derived" AS (
  SELECT
    given.*,
    TRY_CAST("mean raw" AS DECIMAL(9, 2)) AS "mean",
    "mean raw" IS NULL OR TRY_CAST("mean raw" AS DECIMAL(9, 2)) IS NOT NULL AS "mean fits"
  FROM "given" AS given
)
SELECT COUNT(*)
FROM "derived"
WHERE CASE WHEN orders > 1 THEN 1 ELSE 0 END = 0;

-- Rows whose key the hub lacks: the source does not feed it, so that they would be orphans.
SELECT 'h_customers' AS "hub", COUNT(*) AS "orphans"
FROM "stage"."turnover"
WHERE "hk_customer" IS NOT NULL
  AND "hk_customer" NOT IN (
    SELECT known."hk_customer"
    FROM "vault"."h_customers" AS known
    WHERE known."hk_customer" IN (SELECT "hk_customer" FROM "stage"."turnover")
  );

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."turnover_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."turnover"
WHERE "hk_customer" IN (
  SELECT "hk_customer"
  FROM "stage"."turnover"
  GROUP BY "hk_customer"
  HAVING COUNT(*) > 1
);
