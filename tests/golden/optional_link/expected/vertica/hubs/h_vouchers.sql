-- hub h_vouchers: rendered by dv-gen from metadata/model.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_vouchers" (
  "hk_voucher" VARBINARY(16) NOT NULL,
  "voucher" VARCHAR(80),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_voucher") DISABLED
)
ORDER BY "hk_voucher"
SEGMENTED BY HASH("hk_voucher") ALL NODES;

-- The ghost rows, once: the zero key is what is unknown, the other one what is wrong.
INSERT /*+LABEL('dv_gen:h_vouchers')*/ INTO "vault"."h_vouchers" (
  "hk_voucher",
  "voucher",
  "load_dt",
  "load_src"
)
SELECT
  ghost."key" AS "hk_voucher",
  CAST(NULL AS VARCHAR(80)) AS "voucher",
  TIMESTAMP '0001-01-01 00:00:00' AS "load_dt",
  'ghost' AS "load_src"
FROM (
  SELECT HEX_TO_BINARY('00000000000000000000000000000000') AS "key"
  UNION ALL
  SELECT HEX_TO_BINARY('ffffffffffffffffffffffffffffffff') AS "key"
) AS ghost
WHERE ghost."key" NOT IN (
  SELECT known."hk_voucher"
  FROM "vault"."h_vouchers" AS known
  WHERE known."hk_voucher" IN (HEX_TO_BINARY('00000000000000000000000000000000'), HEX_TO_BINARY('ffffffffffffffffffffffffffffffff'))
);

DROP TABLE IF EXISTS v_temp_schema."h_vouchers_repeats";

CREATE LOCAL TEMPORARY TABLE "h_vouchers_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_voucher" ORDER BY "load_dt", "load_src", "voucher" NULLS LAST) AS "place no"
  FROM "stage"."orders"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_vouchers')*/ INTO "vault"."h_vouchers" (
  "hk_voucher",
  "voucher",
  "load_dt",
  "load_src"
)
SELECT
  "hk_voucher",
  "voucher",
  "load_dt",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_voucher" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_vouchers_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_vouchers" AS known
    WHERE known."hk_voucher" = staged."hk_voucher"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_vouchers');
