-- link l_lines: rendered by dv-gen from metadata/lines.yml:38.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_lines" (
  "hk_l_lines" VARBINARY(16) NOT NULL,
  "hk_order_no" VARBINARY(16) NOT NULL,
  "hk_article" VARBINARY(16) NOT NULL,
  "line_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_lines") DISABLED
)
ORDER BY "hk_l_lines"
SEGMENTED BY HASH("hk_l_lines") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."l_lines_repeats";

CREATE LOCAL TEMPORARY TABLE "l_lines_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_lines" ORDER BY "load_dt", "load_src", "line_no" NULLS LAST) AS "place no"
  FROM "stage"."lines"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."lines_repeats")
) AS placed
WHERE "place no" > 1;

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT /*+LABEL('dv_gen:l_lines')*/ INTO "vault"."l_lines" (
  "hk_l_lines",
  "hk_order_no",
  "hk_article",
  "line_no",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_lines",
  "hk_order_no",
  "hk_article",
  "line_no",
  "load_dt",
  "load_src"
FROM "stage"."lines" AS staged
WHERE "hk_l_lines" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "l_lines_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."l_lines" AS known
    WHERE known."hk_l_lines" = staged."hk_l_lines"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.l_lines');
