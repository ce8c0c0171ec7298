-- link l_lines: rendered by dv-gen from metadata/lines.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_lines" (
  "hk_l_lines" VARBINARY(16) NOT NULL,
  "hk_order_no" VARBINARY(16) NOT NULL,
  "hk_product_no" VARBINARY(16) NOT NULL,
  "line_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_lines") DISABLED
)
ORDER BY "hk_l_lines"
SEGMENTED BY HASH("hk_l_lines") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_lines')*/ INTO "vault"."l_lines" (
  "hk_l_lines",
  "hk_order_no",
  "hk_product_no",
  "line_no",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_lines",
  "hk_order_no",
  "hk_product_no",
  "line_no",
  "load_dt",
  "load_src"
FROM (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_l_lines"
      ORDER BY "load_dt", "feed no", "load_src", "line_no" NULLS LAST
    ) AS "place no"
  FROM (
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
  ) AS staged
  WHERE NOT EXISTS (
    SELECT 1
    FROM "vault"."l_lines" AS known
    WHERE known."hk_l_lines" = staged."hk_l_lines"
  )
) AS "ranked"
WHERE "place no" = 1;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_lines');
