-- link l_lines: rendered by dv-gen from metadata/lines.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_lines" (
  "hk_l_lines" UUID NOT NULL,
  "hk_order_no" UUID NOT NULL,
  "hk_product_no" UUID NOT NULL,
  "line_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_lines")
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
DO $key$
DECLARE
  lifted RECORD;
BEGIN
  IF EXISTS (SELECT FROM "vault"."l_lines" OFFSET 2) THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = CAST('"vault"."l_lines"' AS REGCLASS)
    AND contype = 'p';
  IF FOUND THEN
    LOCK TABLE "vault"."l_lines" IN ACCESS EXCLUSIVE MODE NOWAIT;
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', '"vault"."l_lines"', lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$key$;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_lines" (
  "hk_l_lines",
  "hk_order_no",
  "hk_product_no",
  "line_no",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT
    "hk_l_lines",
    "hk_order_no",
    "hk_product_no",
    "line_no",
    "load_dt",
    "load_src",
    1 AS "feed no"
  FROM "stage"."lines"
  WHERE "hk_l_lines" IS NOT NULL
  UNION ALL
  SELECT
    "hk_l_lines",
    "hk_order_no",
    "hk_product_no",
    "line_no",
    "load_dt",
    "load_src",
    2 AS "feed no"
  FROM "stage"."old_lines"
  WHERE "hk_l_lines" IS NOT NULL
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_l_lines"
      ORDER BY "load_dt", "feed no", "load_src", "line_no" NULLS LAST
    ) AS "place no"
  FROM "staged" AS staged
  WHERE "hk_l_lines" NOT IN (
    SELECT known."hk_l_lines"
    FROM "vault"."l_lines" AS known
    WHERE known."hk_l_lines" IN (SELECT "hk_l_lines" FROM "staged")
  )
)
SELECT
  "hk_l_lines",
  "hk_order_no",
  "hk_product_no",
  "line_no",
  "load_dt",
  "load_src"
FROM "ranked"
WHERE "place no" = 1;

-- The key as it was, if it was taken.
DO $key$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', '"vault"."l_lines"', CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$key$;

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_lines" ("hk_l_lines", "hk_order_no", "hk_product_no", "line_no", "load_dt", "load_src");
