-- stage turnover: rendered by dv-gen from metadata/customers.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."turnover";

CREATE TABLE "stage"."turnover" (
  "customer" VARCHAR(10) COLLATE "C" NOT NULL,
  "orders" INTEGER NOT NULL,
  "amount" BIGINT,
  "mean" DECIMAL(9, 2),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_customer" UUID,
  "hashdiff_s_turnover" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."turnover_repeats";

CREATE TABLE "stage"."turnover_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_turnover";

-- What the query gives, once; the number tells equal rows apart and is the same in every run.
CREATE TEMPORARY TABLE "raw_turnover" ON COMMIT DROP AS
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
    CAST(raw."customer" AS TEXT) AS "customer",
    raw."customer" IS NOT NULL AND LENGTH(CAST(raw."customer" AS TEXT)) <= 10 AS "customer fits",
    raw."orders" AS "orders raw",
    CASE WHEN PG_INPUT_IS_VALID(CAST(raw."orders" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST(raw."orders" AS TEXT) AS NUMERIC)) BETWEEN -2147483648 AND 2147483647 THEN CAST(ROUND(CAST(CAST(raw."orders" AS TEXT) AS NUMERIC)) AS INTEGER) END END AS "orders",
    raw."orders" IS NOT NULL AND CASE WHEN PG_INPUT_IS_VALID(CAST(raw."orders" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST(raw."orders" AS TEXT) AS NUMERIC)) BETWEEN -2147483648 AND 2147483647 THEN CAST(ROUND(CAST(CAST(raw."orders" AS TEXT) AS NUMERIC)) AS INTEGER) END END IS NOT NULL AS "orders fits",
    raw."amount" AS "amount raw",
    CASE WHEN PG_INPUT_IS_VALID(CAST(raw."amount" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST(raw."amount" AS TEXT) AS NUMERIC)) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(ROUND(CAST(CAST(raw."amount" AS TEXT) AS NUMERIC)) AS BIGINT) END END AS "amount",
    raw."amount" IS NULL OR CASE WHEN PG_INPUT_IS_VALID(CAST(raw."amount" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST(raw."amount" AS TEXT) AS NUMERIC)) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(ROUND(CAST(CAST(raw."amount" AS TEXT) AS NUMERIC)) AS BIGINT) END END IS NOT NULL AS "amount fits"
  FROM "raw_turnover" AS raw
  OFFSET 0
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
    CASE WHEN PG_INPUT_IS_VALID(CAST("mean raw" AS TEXT), 'decimal(9, 2)') THEN CAST(CAST("mean raw" AS TEXT) AS DECIMAL(9, 2)) END AS "mean",
    "mean raw" IS NULL OR CASE WHEN PG_INPUT_IS_VALID(CAST("mean raw" AS TEXT), 'decimal(9, 2)') THEN CAST(CAST("mean raw" AS TEXT) AS DECIMAL(9, 2)) END IS NOT NULL AND CASE WHEN PG_INPUT_IS_VALID(CAST("mean raw" AS TEXT), 'decimal(9, 2)') THEN CAST(CAST("mean raw" AS TEXT) AS DECIMAL(9, 2)) END < 'Infinity' AS "mean fits"
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST('turnover' AS VARCHAR(255)) AS "load_src",
  "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_customer",
  MD5(CONCAT_WS(
    '|',
    'amount=' || CAST("amount" AS TEXT),
    'mean=' || CAST(TRIM_SCALE("mean") AS TEXT),
    'orders=' || CAST("orders" AS TEXT)
  ))::UUID AS "hashdiff_s_turnover"
FROM "wanted"
WHERE "mean fits";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"checked" AS (
  SELECT
    raw."row_no",
    raw."customer" AS "customer raw",
    CAST(raw."customer" AS TEXT) AS "customer",
    raw."customer" IS NOT NULL AND LENGTH(CAST(raw."customer" AS TEXT)) <= 10 AS "customer fits",
    raw."orders" AS "orders raw",
    CASE WHEN PG_INPUT_IS_VALID(CAST(raw."orders" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST(raw."orders" AS TEXT) AS NUMERIC)) BETWEEN -2147483648 AND 2147483647 THEN CAST(ROUND(CAST(CAST(raw."orders" AS TEXT) AS NUMERIC)) AS INTEGER) END END AS "orders",
    raw."orders" IS NOT NULL AND CASE WHEN PG_INPUT_IS_VALID(CAST(raw."orders" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST(raw."orders" AS TEXT) AS NUMERIC)) BETWEEN -2147483648 AND 2147483647 THEN CAST(ROUND(CAST(CAST(raw."orders" AS TEXT) AS NUMERIC)) AS INTEGER) END END IS NOT NULL AS "orders fits",
    raw."amount" AS "amount raw",
    CASE WHEN PG_INPUT_IS_VALID(CAST(raw."amount" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST(raw."amount" AS TEXT) AS NUMERIC)) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(ROUND(CAST(CAST(raw."amount" AS TEXT) AS NUMERIC)) AS BIGINT) END END AS "amount",
    raw."amount" IS NULL OR CASE WHEN PG_INPUT_IS_VALID(CAST(raw."amount" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST(raw."amount" AS TEXT) AS NUMERIC)) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(ROUND(CAST(CAST(raw."amount" AS TEXT) AS NUMERIC)) AS BIGINT) END END IS NOT NULL AS "amount fits"
  FROM "raw_turnover" AS raw
  OFFSET 0
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
    CASE WHEN PG_INPUT_IS_VALID(CAST("mean raw" AS TEXT), 'decimal(9, 2)') THEN CAST(CAST("mean raw" AS TEXT) AS DECIMAL(9, 2)) END AS "mean",
    "mean raw" IS NULL OR CASE WHEN PG_INPUT_IS_VALID(CAST("mean raw" AS TEXT), 'decimal(9, 2)') THEN CAST(CAST("mean raw" AS TEXT) AS DECIMAL(9, 2)) END IS NOT NULL AND CASE WHEN PG_INPUT_IS_VALID(CAST("mean raw" AS TEXT), 'decimal(9, 2)') THEN CAST(CAST("mean raw" AS TEXT) AS DECIMAL(9, 2)) END < 'Infinity' AS "mean fits"
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
    CAST(raw."customer" AS TEXT) AS "customer",
    raw."customer" IS NOT NULL AND LENGTH(CAST(raw."customer" AS TEXT)) <= 10 AS "customer fits",
    raw."orders" AS "orders raw",
    CASE WHEN PG_INPUT_IS_VALID(CAST(raw."orders" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST(raw."orders" AS TEXT) AS NUMERIC)) BETWEEN -2147483648 AND 2147483647 THEN CAST(ROUND(CAST(CAST(raw."orders" AS TEXT) AS NUMERIC)) AS INTEGER) END END AS "orders",
    raw."orders" IS NOT NULL AND CASE WHEN PG_INPUT_IS_VALID(CAST(raw."orders" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST(raw."orders" AS TEXT) AS NUMERIC)) BETWEEN -2147483648 AND 2147483647 THEN CAST(ROUND(CAST(CAST(raw."orders" AS TEXT) AS NUMERIC)) AS INTEGER) END END IS NOT NULL AS "orders fits",
    raw."amount" AS "amount raw",
    CASE WHEN PG_INPUT_IS_VALID(CAST(raw."amount" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST(raw."amount" AS TEXT) AS NUMERIC)) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(ROUND(CAST(CAST(raw."amount" AS TEXT) AS NUMERIC)) AS BIGINT) END END AS "amount",
    raw."amount" IS NULL OR CASE WHEN PG_INPUT_IS_VALID(CAST(raw."amount" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST(raw."amount" AS TEXT) AS NUMERIC)) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(ROUND(CAST(CAST(raw."amount" AS TEXT) AS NUMERIC)) AS BIGINT) END END IS NOT NULL AS "amount fits"
  FROM "raw_turnover" AS raw
  OFFSET 0
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
    CASE WHEN PG_INPUT_IS_VALID(CAST("mean raw" AS TEXT), 'decimal(9, 2)') THEN CAST(CAST("mean raw" AS TEXT) AS DECIMAL(9, 2)) END AS "mean",
    "mean raw" IS NULL OR CASE WHEN PG_INPUT_IS_VALID(CAST("mean raw" AS TEXT), 'decimal(9, 2)') THEN CAST(CAST("mean raw" AS TEXT) AS DECIMAL(9, 2)) END IS NOT NULL AND CASE WHEN PG_INPUT_IS_VALID(CAST("mean raw" AS TEXT), 'decimal(9, 2)') THEN CAST(CAST("mean raw" AS TEXT) AS DECIMAL(9, 2)) END < 'Infinity' AS "mean fits"
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

ANALYZE "stage"."turnover" ("load_dt", "hk_customer");

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
