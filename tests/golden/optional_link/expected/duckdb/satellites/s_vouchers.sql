-- satellite s_vouchers: rendered by dv-gen from metadata/model.yml:24.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_vouchers" (
  "hk_voucher" UUID NOT NULL,
  "note" VARCHAR(100),
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_voucher"
  FROM (
    SELECT
      "hk_voucher",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "hk_voucher" ORDER BY "load_dt") AS "next"
    FROM "vault"."s_vouchers"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."orders"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:s_vouchers'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"stored" AS (
  SELECT "hk_voucher", "hashdiff", "load_dt"
  FROM "vault"."s_vouchers"
  WHERE "hk_voucher" IN (SELECT "hk_voucher_or_zero" FROM "stage"."orders")
),
"ordered_keys" AS (
  SELECT "hk_voucher" FROM "stored"
),
-- Rows of one key and load date are all kept, each a microsecond later; repeats collapse.
"arrived" AS (
  SELECT
    "hk_voucher_or_zero",
    "hashdiff_s_vouchers",
    "load_dt",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_voucher_or_zero", "load_dt" ORDER BY "row_no" ASC) AS "arrival no",
    LAG("hashdiff_s_vouchers") OVER (PARTITION BY "hk_voucher_or_zero", "load_dt" ORDER BY "row_no" ASC) AS "hashdiff before"
  FROM "stage"."orders"
  WHERE "hk_voucher_or_zero" IN (SELECT "hk_voucher" FROM "ordered_keys")
),
"candidates" AS (
  SELECT
    "hk_voucher_or_zero",
    "hashdiff_s_vouchers",
    "load_dt" + (ROW_NUMBER() OVER (PARTITION BY "hk_voucher_or_zero", "load_dt" ORDER BY "arrival no") - 1) * INTERVAL '1 microsecond' AS "load_dt",
    "row_no"
  FROM "arrived"
  WHERE "hashdiff before" IS NULL OR "hashdiff before" <> "hashdiff_s_vouchers"
),
"unkept" AS (
  SELECT candidate."row_no"
  FROM "candidates" AS candidate
  JOIN "stored" AS stored
    ON stored."hk_voucher" = candidate."hk_voucher_or_zero"
    AND stored."load_dt" = candidate."load_dt"
  WHERE stored."hashdiff" <> candidate."hashdiff_s_vouchers"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_vouchers' AS "entity",
  'orders' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_voucher' AS "column_name",
  'duplicate key' AS "reason",
  CONCAT_WS('|', CAST("order_no" AS VARCHAR), COALESCE(CASE WHEN CONTAINS("country", '\') OR CONTAINS("country", '|') THEN REPLACE(REPLACE("country", '\', '\\'), '|', '\|') ELSE "country" END, '\N'), COALESCE(CAST("customer_no" AS VARCHAR), '\N'), COALESCE(CASE WHEN CONTAINS("voucher", '\') OR CONTAINS("voucher", '|') THEN REPLACE(REPLACE("voucher", '\', '\\'), '|', '\|') ELSE "voucher" END, '\N'), COALESCE(CASE WHEN CONTAINS("note", '\') OR CONTAINS("note", '|') THEN REPLACE(REPLACE("note", '\', '\\'), '|', '\|') ELSE "note" END, '\N')) AS "record"
FROM "stage"."orders" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept");

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT INTO "vault"."s_vouchers" (
  "hk_voucher",
  "note",
  "hashdiff",
  "load_dt",
  "load_src"
)
WITH
"stored" AS (
  SELECT "hk_voucher", "hashdiff", "load_dt"
  FROM "vault"."s_vouchers"
  WHERE "hk_voucher" IN (SELECT "hk_voucher_or_zero" FROM "stage"."orders")
),
-- Keys that are stored already or may be staged more than once; any other row is simply new.
"ordered_keys" AS (
  SELECT "hk_voucher" FROM "stored"
  UNION
  SELECT "hk_voucher_or_zero" FROM "stage"."orders" WHERE "hk_voucher_or_zero" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
),
-- Rows of one key and load date are all kept, each a microsecond later; repeats collapse.
"arrived" AS (
  SELECT
    "hk_voucher_or_zero",
    "hashdiff_s_vouchers",
    "load_dt",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_voucher_or_zero", "load_dt" ORDER BY "row_no" ASC) AS "arrival no",
    LAG("hashdiff_s_vouchers") OVER (PARTITION BY "hk_voucher_or_zero", "load_dt" ORDER BY "row_no" ASC) AS "hashdiff before"
  FROM "stage"."orders"
  WHERE "hk_voucher_or_zero" IN (SELECT "hk_voucher" FROM "ordered_keys")
),
"candidates" AS (
  SELECT
    "hk_voucher_or_zero",
    "hashdiff_s_vouchers",
    "load_dt" + (ROW_NUMBER() OVER (PARTITION BY "hk_voucher_or_zero", "load_dt" ORDER BY "arrival no") - 1) * INTERVAL '1 microsecond' AS "load_dt",
    "row_no"
  FROM "arrived"
  WHERE "hashdiff before" IS NULL OR "hashdiff before" <> "hashdiff_s_vouchers"
),
"line" AS (
  SELECT
    "hk_voucher",
    "hashdiff",
    "load_dt",
    0 AS "row_no"
  FROM "stored"
  UNION ALL
  SELECT "hk_voucher_or_zero", "hashdiff_s_vouchers", "load_dt", "row_no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "stored" AS stored
    WHERE stored."hk_voucher" = candidate."hk_voucher_or_zero"
      AND stored."load_dt" = candidate."load_dt"
  )
),
"compared" AS (
  SELECT
    "hk_voucher",
    "load_dt",
    "row_no",
    "hashdiff",
    LAG("hashdiff") OVER (PARTITION BY "hk_voucher" ORDER BY "load_dt") AS "hashdiff before"
  FROM "line"
),
"changed" AS (
  SELECT "hk_voucher", "load_dt", "row_no"
  FROM "compared"
  WHERE "row_no" > 0
    AND ("hashdiff before" IS NULL OR "hashdiff before" <> "hashdiff")
)
SELECT
  staged."hk_voucher_or_zero",
  staged."note",
  staged."hashdiff_s_vouchers",
  staged."load_dt",
  staged."load_src"
FROM "stage"."orders" AS staged
WHERE staged."hk_voucher_or_zero" IS NOT NULL
  AND staged."hk_voucher_or_zero" NOT IN (SELECT "hk_voucher" FROM "ordered_keys")
UNION ALL
SELECT
  staged."hk_voucher_or_zero",
  staged."note",
  staged."hashdiff_s_vouchers",
  changed."load_dt",
  staged."load_src"
FROM "stage"."orders" AS staged
JOIN "changed" AS changed
  ON changed."hk_voucher" = staged."hk_voucher_or_zero"
  AND changed."row_no" = staged."row_no";

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_vouchers_history" AS
SELECT
  "hk_voucher",
  "note",
  "hashdiff",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_voucher" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_voucher" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."s_vouchers";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_vouchers_current" AS
SELECT
  "hk_voucher",
  "note",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."s_vouchers_history"
WHERE "is_current";
