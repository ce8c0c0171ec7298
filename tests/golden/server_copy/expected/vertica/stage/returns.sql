-- stage returns: rendered by dv-gen from metadata/model.yml:9.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, record_terminator, load_dt, load_src, rows_before, rows.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."returns" CASCADE;

CREATE TABLE "stage"."returns" (
  "order_id" INTEGER NOT NULL,
  "reason" VARCHAR(160),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_order_id" VARBINARY(16) NOT NULL,
  "hashdiff_s_returns" VARBINARY(16) NOT NULL
)
ORDER BY "hk_order_id"
SEGMENTED BY HASH("hk_order_id") ALL NODES;

DROP TABLE IF EXISTS "stage"."returns_repeats" CASCADE;

CREATE TABLE "stage"."returns_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_returns";

CREATE LOCAL TEMPORARY TABLE "raw_returns" (
  "row_no" INTEGER NOT NULL,
  "order_id" VARCHAR(404),
  "reason" VARCHAR(164)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."raw_returns_given";

-- What the nodes have read, as text: equal rows are on one node.
CREATE LOCAL TEMPORARY TABLE "raw_returns_given" (
  "order_id" VARCHAR(404),
  "reason" VARCHAR(164)
) ON COMMIT PRESERVE ROWS
ORDER BY "order_id"
SEGMENTED BY HASH("order_id", "reason") ALL NODES;

COPY /*+LABEL('dv_gen:returns')*/ "raw_returns_given" (
  "order_id",
  "reason"
)
FROM :file
ENFORCELENGTH
REJECTED DATA AS TABLE "raw_returns_rejected"
PARSER fcsvparser(type='rfc4180', record_terminator=:record_terminator, header='false', trim='false', reject_on_materialized_type_error='true')
NO COMMIT;

-- The lines have no numbers here: equal files give equal numbers all the same, on all nodes at once.
INSERT /*+LABEL('dv_gen:returns')*/ INTO "raw_returns" (
  "row_no",
  "order_id",
  "reason"
)
SELECT
  (ROW_NUMBER() OVER (
    PARTITION BY MOD(HASH("order_id", "reason"), 1024)
    ORDER BY "order_id" ASC NULLS LAST, "reason" ASC NULLS LAST
  ) - 1) * 1024 + MOD(HASH("order_id", "reason"), 1024) + 1,
  CASE WHEN "order_id" NOT IN ('', '', 'NA') THEN '=' || "order_id" END,
  CASE WHEN "reason" NOT IN ('', '', 'NA') THEN '=' || "reason" END
FROM "raw_returns_given";

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:returns')*/ INTO "stage"."returns" (
  "order_id",
  "reason",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_id",
  "hashdiff_s_returns"
)
SELECT
  "order_id",
  "reason",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("order_id" AS VARCHAR(11)))) AS "hk_order_id",
  HEX_TO_BINARY(MD5(COALESCE('reason=' || REPLACE(REPLACE("reason", '\', '\\'), '|', '\|'), ''))) AS "hashdiff_s_returns"
FROM (
  SELECT
    "order_id",
    "reason",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "order_id text" IS NOT NULL AND "order_id" IS NOT NULL AND "order_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_id" AS VARCHAR(11)) = "order_id text" OR REGEXP_LIKE("order_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_id fits",
      "reason" IS NULL OR CHARACTER_LENGTH("reason") <= 40 AS "reason fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."order_id", 2) AS "order_id text",
        SUBSTR(raw."order_id", 2)::!INTEGER AS "order_id",
        SUBSTR(raw."reason", 2) AS "reason"
      FROM "raw_returns" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "order_id fits"
    AND "reason fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."order_id", 2) AS "order_id text",
    SUBSTR(raw."order_id", 2)::!INTEGER AS "order_id",
    SUBSTR(raw."reason", 2) AS "reason"
  FROM "raw_returns" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "order_id text" IS NOT NULL AND "order_id" IS NOT NULL AND "order_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("order_id" AS VARCHAR(11)) = "order_id text" OR REGEXP_LIKE("order_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_id fits",
    "reason" IS NULL OR CHARACTER_LENGTH("reason") <= 40 AS "reason fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_id fits" THEN 'order_id'
    WHEN NOT "reason fits" THEN 'reason'
  END AS "column_name",
  CASE
    WHEN "order_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "order_id fits" THEN 'not an integer'
    WHEN NOT "reason fits" THEN 'longer than 40 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_id fits"
  AND "reason fits")
ORDER BY "row_no";

-- Rows that were rejected, as they were delivered but for their quotes.
SELECT
  "row_no",
  COALESCE(SUBSTR("order_id", 2), '') || ',' ||
  COALESCE(SUBSTR("reason", 2), '')
FROM "raw_returns"
WHERE "row_no" IN (:rows)
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:returns')*/ INTO "stage"."returns_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."returns"
WHERE "hk_order_id" IN (
  SELECT "hk_order_id"
  FROM "stage"."returns"
  GROUP BY "hk_order_id"
  HAVING COUNT(*) > 1
);
