-- link l_orders_countries: rendered by dv-gen from metadata/model.yml:10.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_orders_countries" (
  "hk_l_orders_countries" UUID NOT NULL,
  "hk_order_no" UUID NOT NULL,
  "hk_country_code" UUID NOT NULL,
  "ldts" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_orders_countries", "ldts")
)
PARTITION BY RANGE ("ldts");

-- What no partition of a month takes. A table that stands without partitions stays as it is.
DO $partitions$
BEGIN
  PERFORM
  FROM pg_catalog.pg_partitioned_table
  WHERE partrelid = CAST('"vault"."l_orders_countries"' AS REGCLASS)
    AND PG_GET_PARTKEYDEF(partrelid) = FORMAT('RANGE (%I)', 'ldts')
    AND partdefid = 0;
  IF FOUND THEN
    CREATE TABLE "vault"."l_orders_countries_rest" PARTITION OF "vault"."l_orders_countries" DEFAULT;
  END IF;
END
$partitions$;

SELECT "dv_meta"."lift_key"('"vault"."l_orders_countries"');

-- A partition for each month that is brought. Rows of a month that lies in the rest go there too.
DO $partitions$
DECLARE
  rest OID;
  part TEXT;
  month_start TIMESTAMP;
  month_end TIMESTAMP;
  lies_in_rest BOOLEAN := FALSE;
BEGIN
  SELECT partdefid INTO rest
  FROM pg_catalog.pg_partitioned_table
  WHERE partrelid = CAST('"vault"."l_orders_countries"' AS REGCLASS)
    AND PG_GET_PARTKEYDEF(partrelid) = FORMAT('RANGE (%I)', 'ldts');
  IF NOT FOUND THEN
    RETURN;
  END IF;
  FOR part, month_start, month_end IN
    SELECT FORMAT('%I.%I', 'vault', 'l_orders_countries_' || TO_CHAR(brought.this_month, 'YYYYMM')), brought.this_month, brought.this_month + INTERVAL '1 month'
    FROM (
      SELECT DISTINCT DATE_TRUNC('month', "ldts") AS this_month
      FROM "stage"."orders"

    ) AS brought
    WHERE TO_REGCLASS(FORMAT('%I.%I', 'vault', 'l_orders_countries_' || TO_CHAR(brought.this_month, 'YYYYMM'))) IS NULL
    ORDER BY brought.this_month
  LOOP
    IF rest <> 0 THEN
      EXECUTE FORMAT(
        'SELECT EXISTS (SELECT FROM %s WHERE %I >= %L AND %I < %L)',
        CAST(rest AS REGCLASS), 'ldts', month_start, 'ldts', month_end
      ) INTO lies_in_rest;
    END IF;
    IF NOT lies_in_rest THEN
      BEGIN
        EXECUTE FORMAT(
          'CREATE TABLE %s PARTITION OF %s FOR VALUES FROM (%L) TO (%L)',
          part, '"vault"."l_orders_countries"', month_start, month_end
        );
      EXCEPTION WHEN INVALID_OBJECT_DEFINITION THEN
        -- A partition that somebody made by hand has days of this month.
        NULL;
      END;
    END IF;
  END LOOP;
END
$partitions$;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_orders_countries" (
  "hk_l_orders_countries",
  "hk_order_no",
  "hk_country_code",
  "ldts",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_orders_countries" ORDER BY "ldts", "load_src") AS "place no"
    FROM "stage"."orders"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_orders_countries",
  "hk_order_no",
  "hk_country_code",
  "ldts",
  "load_src"
FROM "stage"."orders" AS staged
WHERE "hk_l_orders_countries" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_orders_countries" NOT IN (
    SELECT known."hk_l_orders_countries"
    FROM "vault"."l_orders_countries" AS known
    WHERE known."hk_l_orders_countries" IN (SELECT "hk_l_orders_countries" FROM "stage"."orders")
  );

SELECT "dv_meta"."put_key"('"vault"."l_orders_countries"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_orders_countries" ("hk_l_orders_countries", "hk_order_no", "hk_country_code", "ldts", "load_src");
