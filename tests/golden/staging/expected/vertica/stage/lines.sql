-- stage lines: rendered by dv-gen from metadata/lines.yml:4.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: rows_before, period_start, period_end.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."lines" CASCADE;

CREATE TABLE "stage"."lines" (
  "order_id" INTEGER,
  "line_no" INTEGER NOT NULL,
  "article" VARCHAR(80),
  "amount" INTEGER,
  "ordered_on" DATE NOT NULL,
  "shop" VARCHAR(80) NOT NULL,
  "code" VARCHAR(124) NOT NULL,
  "unit" VARCHAR(20) NOT NULL,
  "label" VARCHAR(120),
  "doubled" INTEGER,
  "order_no" VARCHAR(40),
  "paid" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_order_no" VARBINARY(16),
  "hk_article" VARBINARY(16),
  "hk_l_lines" VARBINARY(16),
  "hashdiff_s_lines" VARBINARY(16) NOT NULL
)
ORDER BY "hk_order_no"
SEGMENTED BY HASH("hk_order_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."lines_repeats" CASCADE;

CREATE TABLE "stage"."lines_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_lines";

CREATE LOCAL TEMPORARY TABLE "raw_lines" (
  "row_no" INTEGER NOT NULL,
  "order_id" VARCHAR(404),
  "line_no" VARCHAR(404),
  "article" VARCHAR(84),
  "amount" VARCHAR(404),
  "ordered_on" VARCHAR(404),
  "shop" VARCHAR(84)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:lines')*/ "raw_lines" (
  "row_no",
  "order_id",
  "line_no",
  "article",
  "amount",
  "ordered_on",
  "shop"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_lines_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:lines')*/ INTO "stage"."lines" (
  "order_id",
  "line_no",
  "article",
  "amount",
  "ordered_on",
  "shop",
  "code",
  "unit",
  "label",
  "doubled",
  "order_no",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_article",
  "hk_l_lines",
  "hashdiff_s_lines"
)
SELECT
  "order_id",
  "line_no",
  "article",
  "amount",
  "ordered_on",
  "shop",
  "code",
  "unit",
  "label",
  "doubled",
  "order_no",
  "paid",
  CAST("ordered_on" AS TIMESTAMP) AS "load_dt",
  CAST("shop" AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "order_no") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("order_no", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM COALESCE("article", 'NONE')) <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE(COALESCE("article", 'NONE'), '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_article",
  CASE WHEN TRIM(BOTH ' ' FROM "order_no") <> '' AND TRIM(BOTH ' ' FROM COALESCE("article", 'NONE')) <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("order_no", '\', '\\'), '|', '\|'))), 'ß', 'ẞ') || '|' || REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE(COALESCE("article", 'NONE'), '\', '\\'), '|', '\|'))), 'ß', 'ẞ') || '|' || CAST("line_no" AS VARCHAR(6)))) END AS "hk_l_lines",
  HEX_TO_BINARY(MD5(SUBSTR(
    COALESCE('|amount=' || CAST("amount" AS VARCHAR(11)), '')
    || COALESCE('|article=' || REPLACE(REPLACE("article", '\', '\\'), '|', '\|'), '')
    || '|code=' || REPLACE(REPLACE("code", '\', '\\'), '|', '\|')
    || COALESCE('|label=' || REPLACE(REPLACE("label", '\', '\\'), '|', '\|'), ''),
    2
  ))) AS "hashdiff_s_lines"
FROM (
  SELECT
    wanted.*,
    "found_1"."value" AS "order_no",
    "found_1"."different" AS "order_no many",
    wanted."order_id" IS NULL OR COALESCE("found_1"."different", 0) = 1 AS "order_no fits",
    "found_2"."value" AS "paid",
    "found_2"."different" AS "paid many",
    wanted."order_id" IS NULL OR COALESCE("found_2"."different", 0) = 1 AS "paid fits"
  FROM (
    SELECT derived_2.*
    FROM (
      SELECT
        given_2.*,
        CAST("label raw" AS VARCHAR(124)) AS "label",
        "label raw" IS NULL OR CHARACTER_LENGTH(CAST("label raw" AS VARCHAR(124))) <= 30 AS "label fits"
      FROM (
        SELECT
          derived.*,
          code || ' (' || unit || ')' AS "label raw"
        FROM (
          SELECT
            given.*,
            COALESCE("article", '') || '/' || TO_CHAR("ordered_on", 'YYYY-MM-DD') AS "code",
            CAST("unit raw" AS VARCHAR(24)) AS "unit",
            "unit raw" IS NOT NULL AND CHARACTER_LENGTH(CAST("unit raw" AS VARCHAR(24))) <= 5 AS "unit fits",
            "doubled raw"::!INTEGER AS "doubled",
            "doubled raw" IS NULL OR "doubled raw"::!INTEGER IS NOT NULL AND "doubled raw"::!INTEGER BETWEEN -2147483648 AND 2147483647 AS "doubled fits"
          FROM (
            SELECT
              fitting.*,
              "article" AS "unit raw",
              amount * 2 AS "doubled raw"
            FROM (
              SELECT
                "order_id",
                "line_no",
                "article",
                "amount",
                "ordered_on",
                "shop",
                "row_no"
              FROM (
                SELECT
                  typed.*,
                  "order_id text" IS NULL OR "order_id" IS NOT NULL AND "order_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_id" AS VARCHAR(11)) = "order_id text" OR REGEXP_LIKE("order_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_id fits",
                  "line_no text" IS NOT NULL AND "line_no" IS NOT NULL AND "line_no" BETWEEN -32768 AND 32767 AND (CAST("line_no" AS VARCHAR(6)) = "line_no text" OR REGEXP_LIKE("line_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "line_no fits",
                  "article" IS NULL OR CHARACTER_LENGTH("article") <= 20 AS "article fits",
                  "amount text" IS NULL OR "amount" IS NOT NULL AND "amount" BETWEEN -2147483648 AND 2147483647 AND (CAST("amount" AS VARCHAR(11)) = "amount text" OR REGEXP_LIKE("amount text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "amount fits",
                  "ordered_on text" IS NOT NULL AND "ordered_on" IS NOT NULL AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("ordered_on" AS VARCHAR(10)) = "ordered_on text" OR REGEXP_LIKE("ordered_on text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "ordered_on fits",
                  "shop" IS NOT NULL AND CHARACTER_LENGTH("shop") <= 20 AS "shop fits"
                FROM (
                  SELECT
                    "row_no" AS "row_no",
                    SUBSTR(raw."order_id", 2) AS "order_id text",
                    SUBSTR(raw."order_id", 2)::!INTEGER AS "order_id",
                    SUBSTR(raw."line_no", 2) AS "line_no text",
                    SUBSTR(raw."line_no", 2)::!INTEGER AS "line_no",
                    CASE WHEN TRIM(BOTH ' ' FROM SUBSTR(raw."article", 2)) NOT IN ('n/a', '-') THEN TRIM(BOTH ' ' FROM SUBSTR(raw."article", 2)) END AS "article",
                    CASE WHEN TRIM(BOTH ' ' FROM SUBSTR(raw."amount", 2)) NOT IN ('-') THEN SUBSTR(raw."amount", 2) END AS "amount text",
                    (CASE WHEN TRIM(BOTH ' ' FROM SUBSTR(raw."amount", 2)) NOT IN ('-') THEN SUBSTR(raw."amount", 2) END)::!INTEGER AS "amount",
                    SUBSTR(raw."ordered_on", 2) AS "ordered_on text",
                    SUBSTR(raw."ordered_on", 2)::!DATE AS "ordered_on",
                    SUBSTR(raw."shop", 2) AS "shop"
                  FROM "raw_lines" AS raw
                ) AS typed
              ) AS "checked"
              WHERE "order_id fits"
                AND "line_no fits"
                AND "article fits"
                AND "amount fits"
                AND "ordered_on fits"
                AND "shop fits"
            ) AS fitting
          ) AS given
        ) AS derived
      ) AS given_2
    ) AS derived_2
    WHERE amount IS NULL OR doubled > 0
  ) AS wanted
  LEFT JOIN (
    SELECT
      "id" AS "on_1",
      MIN("order_no") AS "value",
      COUNT(DISTINCT "order_no") + MAX(CASE WHEN "order_no" IS NULL THEN 1 ELSE 0 END) AS "different"
    FROM "stage"."orders"
    WHERE "id" IS NOT NULL
    GROUP BY "id"
  ) AS "found_1"
    ON "found_1"."on_1" = wanted."order_id"
  LEFT JOIN (
    SELECT
      "id" AS "on_1",
      BOOL_AND("paid") AS "value",
      COUNT(DISTINCT "paid") + MAX(CASE WHEN "paid" IS NULL THEN 1 ELSE 0 END) AS "different"
    FROM "stage"."orders"
    WHERE "id" IS NOT NULL
    GROUP BY "id"
  ) AS "found_2"
    ON "found_2"."on_1" = wanted."order_id"
) AS "joined"
WHERE "unit fits"
  AND "label fits"
  AND "doubled fits"
  AND "order_no fits"
  AND "paid fits";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."order_id", 2) AS "order_id text",
    SUBSTR(raw."order_id", 2)::!INTEGER AS "order_id",
    SUBSTR(raw."line_no", 2) AS "line_no text",
    SUBSTR(raw."line_no", 2)::!INTEGER AS "line_no",
    CASE WHEN TRIM(BOTH ' ' FROM SUBSTR(raw."article", 2)) NOT IN ('n/a', '-') THEN TRIM(BOTH ' ' FROM SUBSTR(raw."article", 2)) END AS "article",
    CASE WHEN TRIM(BOTH ' ' FROM SUBSTR(raw."amount", 2)) NOT IN ('-') THEN SUBSTR(raw."amount", 2) END AS "amount text",
    (CASE WHEN TRIM(BOTH ' ' FROM SUBSTR(raw."amount", 2)) NOT IN ('-') THEN SUBSTR(raw."amount", 2) END)::!INTEGER AS "amount",
    SUBSTR(raw."ordered_on", 2) AS "ordered_on text",
    SUBSTR(raw."ordered_on", 2)::!DATE AS "ordered_on",
    SUBSTR(raw."shop", 2) AS "shop"
  FROM "raw_lines" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "order_id text" IS NULL OR "order_id" IS NOT NULL AND "order_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_id" AS VARCHAR(11)) = "order_id text" OR REGEXP_LIKE("order_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_id fits",
    "line_no text" IS NOT NULL AND "line_no" IS NOT NULL AND "line_no" BETWEEN -32768 AND 32767 AND (CAST("line_no" AS VARCHAR(6)) = "line_no text" OR REGEXP_LIKE("line_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "line_no fits",
    "article" IS NULL OR CHARACTER_LENGTH("article") <= 20 AS "article fits",
    "amount text" IS NULL OR "amount" IS NOT NULL AND "amount" BETWEEN -2147483648 AND 2147483647 AND (CAST("amount" AS VARCHAR(11)) = "amount text" OR REGEXP_LIKE("amount text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "amount fits",
    "ordered_on text" IS NOT NULL AND "ordered_on" IS NOT NULL AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("ordered_on" AS VARCHAR(10)) = "ordered_on text" OR REGEXP_LIKE("ordered_on text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "ordered_on fits",
    "shop" IS NOT NULL AND CHARACTER_LENGTH("shop") <= 20 AS "shop fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "order_id",
    "line_no",
    "article",
    "amount",
    "ordered_on",
    "shop",
    "row_no"
  FROM "checked"
  WHERE "order_id fits"
    AND "line_no fits"
    AND "article fits"
    AND "amount fits"
    AND "ordered_on fits"
    AND "shop fits"
),
"given" AS (
  SELECT
    fitting.*,
    "article" AS "unit raw",
    amount * 2 AS "doubled raw"
  FROM "fitting" AS fitting
),
"derived" AS (
  SELECT
    given.*,
    COALESCE("article", '') || '/' || TO_CHAR("ordered_on", 'YYYY-MM-DD') AS "code",
    CAST("unit raw" AS VARCHAR(24)) AS "unit",
    "unit raw" IS NOT NULL AND CHARACTER_LENGTH(CAST("unit raw" AS VARCHAR(24))) <= 5 AS "unit fits",
    "doubled raw"::!INTEGER AS "doubled",
    "doubled raw" IS NULL OR "doubled raw"::!INTEGER IS NOT NULL AND "doubled raw"::!INTEGER BETWEEN -2147483648 AND 2147483647 AS "doubled fits"
  FROM "given" AS given
),
"given_2" AS (
  SELECT
    derived.*,
    code || ' (' || unit || ')' AS "label raw"
  FROM "derived" AS derived
),
"derived_2" AS (
  SELECT
    given_2.*,
    CAST("label raw" AS VARCHAR(124)) AS "label",
    "label raw" IS NULL OR CHARACTER_LENGTH(CAST("label raw" AS VARCHAR(124))) <= 30 AS "label fits"
  FROM "given_2" AS given_2
),
"wanted" AS (
  SELECT derived_2.*
  FROM "derived_2" AS derived_2
  WHERE amount IS NULL OR doubled > 0
),
"found_1" AS (
  SELECT
    "id" AS "on_1",
    MIN("order_no") AS "value",
    COUNT(DISTINCT "order_no") + MAX(CASE WHEN "order_no" IS NULL THEN 1 ELSE 0 END) AS "different"
  FROM "stage"."orders"
  WHERE "id" IS NOT NULL
  GROUP BY "id"
),
"found_2" AS (
  SELECT
    "id" AS "on_1",
    BOOL_AND("paid") AS "value",
    COUNT(DISTINCT "paid") + MAX(CASE WHEN "paid" IS NULL THEN 1 ELSE 0 END) AS "different"
  FROM "stage"."orders"
  WHERE "id" IS NOT NULL
  GROUP BY "id"
),
"joined" AS (
  SELECT
    wanted.*,
    "found_1"."value" AS "order_no",
    "found_1"."different" AS "order_no many",
    wanted."order_id" IS NULL OR COALESCE("found_1"."different", 0) = 1 AS "order_no fits",
    "found_2"."value" AS "paid",
    "found_2"."different" AS "paid many",
    wanted."order_id" IS NULL OR COALESCE("found_2"."different", 0) = 1 AS "paid fits"
  FROM "wanted" AS wanted
  LEFT JOIN "found_1"
    ON "found_1"."on_1" = wanted."order_id"
  LEFT JOIN "found_2"
    ON "found_2"."on_1" = wanted."order_id"
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_id fits" THEN 'order_id'
    WHEN NOT "line_no fits" THEN 'line_no'
    WHEN NOT "article fits" THEN 'article'
    WHEN NOT "amount fits" THEN 'amount'
    WHEN NOT "ordered_on fits" THEN 'ordered_on'
    WHEN NOT "shop fits" THEN 'shop'
  END AS "column_name",
  CASE
    WHEN NOT "order_id fits" THEN 'not an integer'
    WHEN "line_no text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "line_no fits" THEN 'not a smallint'
    WHEN NOT "article fits" THEN 'longer than 20 characters'
    WHEN NOT "amount fits" THEN 'not an integer'
    WHEN "ordered_on text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "ordered_on fits" THEN 'not a date'
    WHEN "shop" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "shop fits" THEN 'longer than 20 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_id fits"
  AND "line_no fits"
  AND "article fits"
  AND "amount fits"
  AND "ordered_on fits"
  AND "shop fits")
UNION ALL
SELECT
  "row_no",
  CASE
    WHEN NOT "unit fits" THEN 'unit'
    WHEN NOT "label fits" THEN 'label'
    WHEN NOT "doubled fits" THEN 'doubled'
    WHEN NOT "order_no fits" THEN 'order_no'
    WHEN NOT "paid fits" THEN 'paid'
  END AS "column_name",
  CASE
    WHEN "unit raw" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "unit fits" THEN 'longer than 5 characters'
    WHEN NOT "label fits" THEN 'longer than 30 characters'
    WHEN NOT "doubled fits" THEN 'not an integer'
    WHEN NOT "order_no fits" AND "order_no many" > 1 THEN 'orders has several order_no for this order_id'
    WHEN NOT "order_no fits" THEN 'orders has no row with this order_id'
    WHEN NOT "paid fits" AND "paid many" > 1 THEN 'orders has several paid for this order_id'
    WHEN NOT "paid fits" THEN 'orders has no row with this order_id'
  END AS "reason"
FROM "joined"
WHERE NOT ("unit fits"
  AND "label fits"
  AND "doubled fits"
  AND "order_no fits"
  AND "paid fits")
ORDER BY "row_no";

-- How many rows the source's filter leaves out. Run only when rows are missing.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."order_id", 2) AS "order_id text",
    SUBSTR(raw."order_id", 2)::!INTEGER AS "order_id",
    SUBSTR(raw."line_no", 2) AS "line_no text",
    SUBSTR(raw."line_no", 2)::!INTEGER AS "line_no",
    CASE WHEN TRIM(BOTH ' ' FROM SUBSTR(raw."article", 2)) NOT IN ('n/a', '-') THEN TRIM(BOTH ' ' FROM SUBSTR(raw."article", 2)) END AS "article",
    CASE WHEN TRIM(BOTH ' ' FROM SUBSTR(raw."amount", 2)) NOT IN ('-') THEN SUBSTR(raw."amount", 2) END AS "amount text",
    (CASE WHEN TRIM(BOTH ' ' FROM SUBSTR(raw."amount", 2)) NOT IN ('-') THEN SUBSTR(raw."amount", 2) END)::!INTEGER AS "amount",
    SUBSTR(raw."ordered_on", 2) AS "ordered_on text",
    SUBSTR(raw."ordered_on", 2)::!DATE AS "ordered_on",
    SUBSTR(raw."shop", 2) AS "shop"
  FROM "raw_lines" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "order_id text" IS NULL OR "order_id" IS NOT NULL AND "order_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_id" AS VARCHAR(11)) = "order_id text" OR REGEXP_LIKE("order_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_id fits",
    "line_no text" IS NOT NULL AND "line_no" IS NOT NULL AND "line_no" BETWEEN -32768 AND 32767 AND (CAST("line_no" AS VARCHAR(6)) = "line_no text" OR REGEXP_LIKE("line_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "line_no fits",
    "article" IS NULL OR CHARACTER_LENGTH("article") <= 20 AS "article fits",
    "amount text" IS NULL OR "amount" IS NOT NULL AND "amount" BETWEEN -2147483648 AND 2147483647 AND (CAST("amount" AS VARCHAR(11)) = "amount text" OR REGEXP_LIKE("amount text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "amount fits",
    "ordered_on text" IS NOT NULL AND "ordered_on" IS NOT NULL AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("ordered_on" AS VARCHAR(10)) = "ordered_on text" OR REGEXP_LIKE("ordered_on text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "ordered_on fits",
    "shop" IS NOT NULL AND CHARACTER_LENGTH("shop") <= 20 AS "shop fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "order_id",
    "line_no",
    "article",
    "amount",
    "ordered_on",
    "shop",
    "row_no"
  FROM "checked"
  WHERE "order_id fits"
    AND "line_no fits"
    AND "article fits"
    AND "amount fits"
    AND "ordered_on fits"
    AND "shop fits"
),
"given" AS (
  SELECT
    fitting.*,
    "article" AS "unit raw",
    amount * 2 AS "doubled raw"
  FROM "fitting" AS fitting
),
"derived" AS (
  SELECT
    given.*,
    COALESCE("article", '') || '/' || TO_CHAR("ordered_on", 'YYYY-MM-DD') AS "code",
    CAST("unit raw" AS VARCHAR(24)) AS "unit",
    "unit raw" IS NOT NULL AND CHARACTER_LENGTH(CAST("unit raw" AS VARCHAR(24))) <= 5 AS "unit fits",
    "doubled raw"::!INTEGER AS "doubled",
    "doubled raw" IS NULL OR "doubled raw"::!INTEGER IS NOT NULL AND "doubled raw"::!INTEGER BETWEEN -2147483648 AND 2147483647 AS "doubled fits"
  FROM "given" AS given
),
"given_2" AS (
  SELECT
    derived.*,
    code || ' (' || unit || ')' AS "label raw"
  FROM "derived" AS derived
),
"derived_2" AS (
  SELECT
    given_2.*,
    CAST("label raw" AS VARCHAR(124)) AS "label",
    "label raw" IS NULL OR CHARACTER_LENGTH(CAST("label raw" AS VARCHAR(124))) <= 30 AS "label fits"
  FROM "given_2" AS given_2
)
SELECT COUNT(*)
FROM "derived_2"
WHERE CASE WHEN amount IS NULL OR doubled > 0 THEN 1 ELSE 0 END = 0;

-- Once for every file: its first and last load date, as the source itself has them.
SELECT MIN("load_dt"), MAX("load_dt")
FROM "stage"."lines"
WHERE "row_no" > CAST(:rows_before AS BIGINT);

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:lines')*/ INTO "stage"."lines_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."lines"
WHERE "hk_order_no" IN (
  SELECT "hk_order_no"
  FROM "stage"."lines"
  GROUP BY "hk_order_no"
  HAVING COUNT(*) > 1
);

-- The whole delivery, kept aside while its periods are loaded one after the other (run --by).
DROP TABLE IF EXISTS "stage"."lines_whole" CASCADE;

CREATE TABLE "stage"."lines_whole" (
  "order_id" INTEGER,
  "line_no" INTEGER NOT NULL,
  "article" VARCHAR(80),
  "amount" INTEGER,
  "ordered_on" DATE NOT NULL,
  "shop" VARCHAR(80) NOT NULL,
  "code" VARCHAR(124) NOT NULL,
  "unit" VARCHAR(20) NOT NULL,
  "label" VARCHAR(120),
  "doubled" INTEGER,
  "order_no" VARCHAR(40),
  "paid" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_order_no" VARBINARY(16),
  "hk_article" VARBINARY(16),
  "hk_l_lines" VARBINARY(16),
  "hashdiff_s_lines" VARBINARY(16) NOT NULL
)
ORDER BY "hk_order_no"
SEGMENTED BY HASH("hk_order_no") ALL NODES;

INSERT /*+LABEL('dv_gen:lines')*/ INTO "stage"."lines_whole" (
  "order_id",
  "line_no",
  "article",
  "amount",
  "ordered_on",
  "shop",
  "code",
  "unit",
  "label",
  "doubled",
  "order_no",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_article",
  "hk_l_lines",
  "hashdiff_s_lines"
)
SELECT
  "order_id",
  "line_no",
  "article",
  "amount",
  "ordered_on",
  "shop",
  "code",
  "unit",
  "label",
  "doubled",
  "order_no",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_article",
  "hk_l_lines",
  "hashdiff_s_lines"
FROM "stage"."lines";

SELECT DISTINCT CAST("load_dt" AS DATE) AS "day"
FROM "stage"."lines_whole";

SELECT DISTINCT "load_dt"
FROM "stage"."lines_whole";

-- The rows of one period; its last moment is part of it.
INSERT /*+LABEL('dv_gen:lines')*/ INTO "stage"."lines" (
  "order_id",
  "line_no",
  "article",
  "amount",
  "ordered_on",
  "shop",
  "code",
  "unit",
  "label",
  "doubled",
  "order_no",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_article",
  "hk_l_lines",
  "hashdiff_s_lines"
)
SELECT
  "order_id",
  "line_no",
  "article",
  "amount",
  "ordered_on",
  "shop",
  "code",
  "unit",
  "label",
  "doubled",
  "order_no",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_article",
  "hk_l_lines",
  "hashdiff_s_lines"
FROM "stage"."lines_whole"
WHERE "load_dt" BETWEEN CAST(:period_start AS TIMESTAMP) AND CAST(:period_end AS TIMESTAMP);
