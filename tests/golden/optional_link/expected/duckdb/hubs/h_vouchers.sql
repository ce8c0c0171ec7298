-- hub h_vouchers: rendered by dv-gen from metadata/model.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_vouchers" (
  "hk_voucher" UUID NOT NULL,
  "voucher" VARCHAR(20),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- The ghost rows, once: the zero key is what is unknown, the other one what is wrong.
INSERT INTO "vault"."h_vouchers" (
  "hk_voucher",
  "voucher",
  "load_dt",
  "load_src"
)
SELECT
  ghost."key" AS "hk_voucher",
  CAST(NULL AS VARCHAR(20)) AS "voucher",
  TIMESTAMP '0001-01-01 00:00:00' AS "load_dt",
  'ghost' AS "load_src"
FROM (
  SELECT UNHEX('00000000000000000000000000000000')::UUID AS "key"
  UNION ALL
  SELECT UNHEX('ffffffffffffffffffffffffffffffff')::UUID AS "key"
) AS ghost
WHERE ghost."key" NOT IN (
  SELECT known."hk_voucher"
  FROM "vault"."h_vouchers" AS known
  WHERE known."hk_voucher" IN (UNHEX('00000000000000000000000000000000')::UUID, UNHEX('ffffffffffffffffffffffffffffffff')::UUID)
);

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_vouchers" (
  "hk_voucher",
  "voucher",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_voucher" ORDER BY "load_dt", "load_src", "voucher" NULLS LAST) AS "place no"
    FROM "stage"."orders"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_voucher",
  "voucher",
  "load_dt",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_voucher" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_voucher" NOT IN (
    SELECT known."hk_voucher"
    FROM "vault"."h_vouchers" AS known
    WHERE known."hk_voucher" IN (SELECT "hk_voucher" FROM "stage"."orders")
  );
