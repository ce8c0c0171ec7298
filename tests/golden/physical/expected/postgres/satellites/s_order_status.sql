-- satellite s_order_status: rendered by dv-gen from metadata/model.yml:12.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_order_status" (
  "hk_order_no" UUID NOT NULL,
  "ordered_on" DATE,
  "status" VARCHAR(20) COLLATE "C",
  "hashdiff" UUID NOT NULL,
  "ldts" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_order_no", "ldts")
)
PARTITION BY RANGE ("ldts");

-- What no partition of a month takes. A table that stands without partitions stays as it is.
DO $partitions$
BEGIN
  PERFORM
  FROM pg_catalog.pg_partitioned_table
  WHERE partrelid = CAST('"vault"."s_order_status"' AS REGCLASS)
    AND PG_GET_PARTKEYDEF(partrelid) = FORMAT('RANGE (%I)', 'ldts')
    AND partdefid = 0;
  IF FOUND THEN
    CREATE TABLE "vault"."s_order_status_rest" PARTITION OF "vault"."s_order_status" DEFAULT;
  END IF;
END
$partitions$;

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_order_no"
  FROM (
    SELECT
      "hk_order_no",
      "ldts",
      LEAD("ldts") OVER (PARTITION BY "hk_order_no" ORDER BY "ldts") AS "next"
    FROM "vault"."s_order_status"
  ) AS line
  JOIN (
    SELECT staged."ldts", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "ldts" FROM "stage"."orders"
      GROUP BY "ldts"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."ldts"
    WHERE loaded."step" = 'load:s_order_status'
    GROUP BY staged."ldts"
  ) AS late ON late."ldts" = line."ldts"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

SELECT "dv_meta"."lift_key"('"vault"."s_order_status"');

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
  WHERE partrelid = CAST('"vault"."s_order_status"' AS REGCLASS)
    AND PG_GET_PARTKEYDEF(partrelid) = FORMAT('RANGE (%I)', 'ldts');
  IF NOT FOUND THEN
    RETURN;
  END IF;
  FOR part, month_start, month_end IN
    SELECT FORMAT('%I.%I', 'vault', 's_order_status_' || TO_CHAR(brought.this_month, 'YYYYMM')), brought.this_month, brought.this_month + INTERVAL '1 month'
    FROM (
      SELECT DISTINCT DATE_TRUNC('month', "ldts") AS this_month
      FROM "stage"."orders"

    ) AS brought
    WHERE TO_REGCLASS(FORMAT('%I.%I', 'vault', 's_order_status_' || TO_CHAR(brought.this_month, 'YYYYMM'))) IS NULL
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
          part, '"vault"."s_order_status"', month_start, month_end
        );
      EXCEPTION WHEN INVALID_OBJECT_DEFINITION THEN
        -- A partition that somebody made by hand has days of this month.
        NULL;
      END;
    END IF;
  END LOOP;
END
$partitions$;

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"ranked" AS (
  SELECT
    "row_no",
    "hashdiff_s_order_status",
    FIRST_VALUE("hashdiff_s_order_status") OVER (PARTITION BY "hk_order_no", "ldts" ORDER BY "row_no" DESC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "hk_order_no", "ldts" ORDER BY "row_no" DESC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "hk_order_no", "ldts", "hashdiff_s_order_status" ORDER BY "row_no" DESC) AS "repeat"
  FROM "stage"."orders"
  WHERE "hk_order_no" IS NOT NULL
    AND "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
),
"unkept" AS (
  SELECT "row_no" FROM "ranked" WHERE "hashdiff_s_order_status" <> "winner" AND "repeat" = 1
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT staged."row_no"
  FROM "stage"."orders" AS staged
  JOIN "vault"."s_order_status" AS stored
    ON stored."hk_order_no" = staged."hk_order_no"
    AND stored."ldts" = staged."ldts"
  WHERE stored."hashdiff" <> staged."hashdiff_s_order_status"
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "ranked" WHERE "place no" > 1)
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_order_status' AS "entity",
  'orders' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_order_no' AS "column_name",
  'duplicate key' AS "reason",
  CAST("order_no" AS TEXT) || '|' || COALESCE(REPLACE(REPLACE("country", '\', '\\'), '|', '\|'), '\N') || '|' || CAST("ordered_on" AS TEXT) || '|' || COALESCE(REPLACE(REPLACE("status", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."orders" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept");

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT INTO "vault"."s_order_status" (
  "hk_order_no",
  "ordered_on",
  "status",
  "hashdiff",
  "ldts",
  "load_src"
)
WITH
"stored" AS (
  SELECT "hk_order_no", "hashdiff", "ldts"
  FROM "vault"."s_order_status"
  WHERE "hk_order_no" IN (SELECT "hk_order_no" FROM "stage"."orders")
),
-- Keys that are stored already or may be staged more than once; any other row is simply new.
"ordered_keys" AS (
  SELECT "hk_order_no" FROM "stored"
  UNION
  SELECT "hk_order_no" FROM "stage"."orders" WHERE "hk_order_no" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
),
-- Of the rows of one key and load date the last stands for all; the others go to the rejects.
"placed" AS (
  SELECT
    "hk_order_no",
    "hashdiff_s_order_status",
    "ldts",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_order_no", "ldts" ORDER BY "row_no" DESC) AS "place no"
  FROM "stage"."orders"
  WHERE "hk_order_no" IN (SELECT "hk_order_no" FROM "ordered_keys")
),
"candidates" AS (
  SELECT "hk_order_no", "hashdiff_s_order_status", "ldts", "row_no"
  FROM "placed"
  WHERE "place no" = 1
),
"line" AS (
  SELECT
    "hk_order_no",
    "hashdiff",
    "ldts",
    0 AS "row_no"
  FROM "stored"
  UNION ALL
  SELECT "hk_order_no", "hashdiff_s_order_status", "ldts", "row_no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "stored" AS stored
    WHERE stored."hk_order_no" = candidate."hk_order_no"
      AND stored."ldts" = candidate."ldts"
  )
),
"compared" AS (
  SELECT
    "hk_order_no",
    "ldts",
    "row_no",
    "hashdiff",
    LAG("hashdiff") OVER (PARTITION BY "hk_order_no" ORDER BY "ldts") AS "hashdiff before"
  FROM "line"
),
"changed" AS (
  SELECT "hk_order_no", "ldts", "row_no"
  FROM "compared"
  WHERE "row_no" > 0
    AND ("hashdiff before" IS NULL OR "hashdiff before" <> "hashdiff")
),
-- By key and number: where a key's rows are on one node, nothing of this leaves it.
"nothing_new" AS (
  SELECT known."hk_order_no", known."row_no"
  FROM "stage"."orders" AS known
  WHERE known."hk_order_no" IN (SELECT "hk_order_no" FROM "ordered_keys")
    AND NOT EXISTS (
      SELECT 1
      FROM "changed" AS changed
      WHERE changed."hk_order_no" = known."hk_order_no"
        AND changed."row_no" = known."row_no"
    )
)
SELECT
  staged."hk_order_no",
  staged."ordered_on",
  staged."status",
  staged."hashdiff_s_order_status",
  staged."ldts",
  staged."load_src"
FROM "stage"."orders" AS staged
WHERE staged."hk_order_no" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "nothing_new" AS nothing_new
    WHERE nothing_new."hk_order_no" = staged."hk_order_no"
      AND nothing_new."row_no" = staged."row_no"
  );

SELECT "dv_meta"."put_key"('"vault"."s_order_status"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."s_order_status" ("hk_order_no", "ordered_on", "status", "hashdiff", "ldts", "load_src");

-- Every version with the half-open interval [ldts, ldts_end) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_order_status_history" AS
SELECT
  "hk_order_no",
  "ordered_on",
  "status",
  "hashdiff",
  "ldts",
  "load_src",
  LEAD("ldts") OVER (PARTITION BY "hk_order_no" ORDER BY "ldts") AS "ldts_end",
  LEAD("ldts") OVER (PARTITION BY "hk_order_no" ORDER BY "ldts") IS NULL AS "is_current"
FROM "vault"."s_order_status";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_order_status_current" AS
SELECT
  "hk_order_no",
  "ordered_on",
  "status",
  "hashdiff",
  "ldts",
  "load_src"
FROM "vault"."s_order_status_history"
WHERE "is_current";
