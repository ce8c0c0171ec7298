-- stage bookings: rendered by dv-gen from metadata/bank.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."bookings";

CREATE TABLE "stage"."bookings" (
  "booking_no" BIGINT NOT NULL,
  "account" VARCHAR(34) COLLATE "C" NOT NULL,
  "amount" DECIMAL(12, 2) NOT NULL,
  "rate" DECIMAL(6, 6),
  "share" DOUBLE PRECISION,
  "booked" DATE NOT NULL,
  "valued" DATE,
  "seen" TIMESTAMP,
  "kind" SMALLINT,
  "final" BOOLEAN,
  "note" VARCHAR(300) COLLATE "C",
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_booking_no" UUID NOT NULL,
  "hk_iban" UUID,
  "hashdiff_s_bookings" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."bookings_repeats";

CREATE TABLE "stage"."bookings_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_bookings";

CREATE TEMPORARY TABLE "raw_bookings" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "booking_no" TEXT COLLATE "C",
  "account" TEXT COLLATE "C",
  "amount" TEXT COLLATE "C",
  "rate" TEXT COLLATE "C",
  "share" TEXT COLLATE "C",
  "booked" TEXT COLLATE "C",
  "valued" TEXT COLLATE "C",
  "seen" TEXT COLLATE "C",
  "kind" TEXT COLLATE "C",
  "final" TEXT COLLATE "C",
  "note" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_bookings";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_bookings" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."bookings" (
  "booking_no",
  "account",
  "amount",
  "rate",
  "share",
  "booked",
  "valued",
  "seen",
  "kind",
  "final",
  "note",
  "load_dt",
  "load_src",
  "row_no",
  "hk_booking_no",
  "hk_iban",
  "hashdiff_s_bookings"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_bookings") + 1 AS "row_no",
    raw."booking_no" AS "booking_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."booking_no", 'bigint') THEN CAST(raw."booking_no" AS BIGINT) END AS "booking_no",
    TRIM(BOTH ' ' FROM raw."account") AS "account",
    raw."amount" AS "amount text",
    CASE WHEN PG_INPUT_IS_VALID(REPLACE(raw."amount", ',', '.'), 'decimal(12, 2)') THEN CAST(REPLACE(raw."amount", ',', '.') AS DECIMAL(12, 2)) END AS "amount",
    raw."rate" AS "rate text",
    CASE WHEN PG_INPUT_IS_VALID(raw."rate", 'decimal(6, 6)') THEN CAST(raw."rate" AS DECIMAL(6, 6)) END AS "rate",
    raw."share" AS "share text",
    CASE WHEN PG_INPUT_IS_VALID(REPLACE(raw."share", ',', '.'), 'double precision') THEN CAST(REPLACE(raw."share", ',', '.') AS DOUBLE PRECISION) END AS "share",
    raw."booked" AS "booked text",
    CASE WHEN TRIM(BOTH ' ' FROM raw."booked") ~ '^([0-9]{2}[.][0-9]{2}[.][0-9]{4})$' THEN CASE WHEN PG_INPUT_IS_VALID(SUBSTR(TRIM(BOTH ' ' FROM raw."booked"), 7, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."booked"), 4, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."booked"), 1, 2), 'date') THEN CAST(SUBSTR(TRIM(BOTH ' ' FROM raw."booked"), 7, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."booked"), 4, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."booked"), 1, 2) AS DATE) END END AS "booked",
    raw."valued" AS "valued text",
    CASE WHEN TRIM(BOTH ' ' FROM raw."valued") ~ '^([0-9]{4}[/][0-9]{2}[/][0-9]{2})$' THEN CASE WHEN PG_INPUT_IS_VALID(SUBSTR(TRIM(BOTH ' ' FROM raw."valued"), 1, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."valued"), 6, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."valued"), 9, 2), 'date') THEN CAST(SUBSTR(TRIM(BOTH ' ' FROM raw."valued"), 1, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."valued"), 6, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."valued"), 9, 2) AS DATE) END END AS "valued",
    raw."seen" AS "seen text",
    CASE WHEN TRIM(BOTH ' ' FROM raw."seen") ~ '^([0-9]{2}[.][0-9]{2}[.][0-9]{4} [0-9]{2}[:][0-9]{2}[:][0-9]{2}[.][0-9]{6})$' THEN CASE WHEN PG_INPUT_IS_VALID(SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 7, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 4, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 1, 2) || ' ' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 12, 2) || ':' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 15, 2) || ':' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 18, 2) || '.' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 21, 6), 'timestamp') THEN CAST(SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 7, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 4, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 1, 2) || ' ' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 12, 2) || ':' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 15, 2) || ':' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 18, 2) || '.' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 21, 6) AS TIMESTAMP) END END AS "seen",
    raw."kind" AS "kind text",
    CASE WHEN PG_INPUT_IS_VALID(raw."kind", 'smallint') THEN CAST(raw."kind" AS SMALLINT) END AS "kind",
    raw."final" AS "final text",
    CASE WHEN PG_INPUT_IS_VALID(TRIM(BOTH ' ' FROM raw."final"), 'boolean') THEN CAST(TRIM(BOTH ' ' FROM raw."final") AS BOOLEAN) END AS "final",
    raw."note" AS "note"
  FROM "raw_bookings" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "booking_no text" IS NOT NULL AND "booking_no" IS NOT NULL AND "booking_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$' AS "booking_no fits",
    "account" IS NOT NULL AND LENGTH("account") <= 34 AS "account fits",
    "amount text" IS NOT NULL AND "amount" IS NOT NULL AND "amount" < 'Infinity' AND "amount text" ~ '^([ ]*[+-]?([0-9]+(,[0-9]{0,2}0*)?|,[0-9]{1,2}0*)[ ]*)$' AS "amount fits",
    "rate text" IS NULL OR "rate" IS NOT NULL AND "rate" < 'Infinity' AND (CAST("rate" AS TEXT) = "rate text" OR "rate text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,6}0*)?|\.[0-9]{1,6}0*)[ ]*)$') AS "rate fits",
    "share text" IS NULL OR "share" IS NOT NULL AND "share" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND "share text" ~ '^([ ]*[+-]?([0-9]+(,[0-9]*)?|,[0-9]+)([eE][+-]?[0-9]+)?[ ]*)$' AND ("share" <> 0 OR "share text" ~ '^([^1-9eE]*([eE].*)?)$') AS "share fits",
    "booked text" IS NOT NULL AND "booked" IS NOT NULL AND "booked" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND TO_CHAR(CAST("booked" AS TIMESTAMP), 'DD.MM.YYYY') = TRIM(BOTH ' ' FROM "booked text") AS "booked fits",
    "valued text" IS NULL OR "valued" IS NOT NULL AND "valued" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND TO_CHAR(CAST("valued" AS TIMESTAMP), 'YYYY/MM/DD') = TRIM(BOTH ' ' FROM "valued text") AS "valued fits",
    "seen text" IS NULL OR "seen" IS NOT NULL AND "seen" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND TO_CHAR(CAST("seen" AS TIMESTAMP), 'DD.MM.YYYY HH24:MI:SS.US') = TRIM(BOTH ' ' FROM "seen text") AS "seen fits",
    "kind text" IS NULL OR "kind" IS NOT NULL AND "kind text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$' AS "kind fits",
    "final text" IS NULL OR "final" IS NOT NULL AND "final text" ~ '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)$' AS "final fits",
    "note" IS NULL OR LENGTH("note") <= 300 AS "note fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "booking_no",
    "account",
    "amount",
    "rate",
    "share",
    "booked",
    "valued",
    "seen",
    "kind",
    "final",
    "note",
    "row_no"
  FROM "checked"
  WHERE "booking_no fits"
    AND "account fits"
    AND "amount fits"
    AND "rate fits"
    AND "share fits"
    AND "booked fits"
    AND "valued fits"
    AND "seen fits"
    AND "kind fits"
    AND "final fits"
    AND "note fits"
)
SELECT
  "booking_no",
  "account",
  "amount",
  "rate",
  "share",
  "booked",
  "valued",
  "seen",
  "kind",
  "final",
  "note",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST('O''Neill''s bank' AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("booking_no" AS TEXT))::UUID AS "hk_booking_no",
  CASE WHEN TRIM(BOTH ' ' FROM "account") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("account", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_iban",
  MD5(CONCAT_WS(
    '|',
    'amount=' || CAST(TRIM_SCALE("amount") AS TEXT),
    'booked=' || CAST("booked" AS TEXT),
    'final=' || CAST("final" AS TEXT),
    'kind=' || CAST("kind" AS TEXT),
    'note=' || REPLACE(REPLACE("note", '\', '\\'), '|', '\|'),
    'rate=' || CAST(TRIM_SCALE("rate") AS TEXT),
    'seen=' || CAST("seen" AS TEXT),
    'valued=' || CAST("valued" AS TEXT)
  ))::UUID AS "hashdiff_s_bookings"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_bookings") + 1 AS "row_no",
    raw."booking_no" AS "booking_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."booking_no", 'bigint') THEN CAST(raw."booking_no" AS BIGINT) END AS "booking_no",
    TRIM(BOTH ' ' FROM raw."account") AS "account",
    raw."amount" AS "amount text",
    CASE WHEN PG_INPUT_IS_VALID(REPLACE(raw."amount", ',', '.'), 'decimal(12, 2)') THEN CAST(REPLACE(raw."amount", ',', '.') AS DECIMAL(12, 2)) END AS "amount",
    raw."rate" AS "rate text",
    CASE WHEN PG_INPUT_IS_VALID(raw."rate", 'decimal(6, 6)') THEN CAST(raw."rate" AS DECIMAL(6, 6)) END AS "rate",
    raw."share" AS "share text",
    CASE WHEN PG_INPUT_IS_VALID(REPLACE(raw."share", ',', '.'), 'double precision') THEN CAST(REPLACE(raw."share", ',', '.') AS DOUBLE PRECISION) END AS "share",
    raw."booked" AS "booked text",
    CASE WHEN TRIM(BOTH ' ' FROM raw."booked") ~ '^([0-9]{2}[.][0-9]{2}[.][0-9]{4})$' THEN CASE WHEN PG_INPUT_IS_VALID(SUBSTR(TRIM(BOTH ' ' FROM raw."booked"), 7, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."booked"), 4, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."booked"), 1, 2), 'date') THEN CAST(SUBSTR(TRIM(BOTH ' ' FROM raw."booked"), 7, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."booked"), 4, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."booked"), 1, 2) AS DATE) END END AS "booked",
    raw."valued" AS "valued text",
    CASE WHEN TRIM(BOTH ' ' FROM raw."valued") ~ '^([0-9]{4}[/][0-9]{2}[/][0-9]{2})$' THEN CASE WHEN PG_INPUT_IS_VALID(SUBSTR(TRIM(BOTH ' ' FROM raw."valued"), 1, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."valued"), 6, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."valued"), 9, 2), 'date') THEN CAST(SUBSTR(TRIM(BOTH ' ' FROM raw."valued"), 1, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."valued"), 6, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."valued"), 9, 2) AS DATE) END END AS "valued",
    raw."seen" AS "seen text",
    CASE WHEN TRIM(BOTH ' ' FROM raw."seen") ~ '^([0-9]{2}[.][0-9]{2}[.][0-9]{4} [0-9]{2}[:][0-9]{2}[:][0-9]{2}[.][0-9]{6})$' THEN CASE WHEN PG_INPUT_IS_VALID(SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 7, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 4, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 1, 2) || ' ' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 12, 2) || ':' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 15, 2) || ':' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 18, 2) || '.' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 21, 6), 'timestamp') THEN CAST(SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 7, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 4, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 1, 2) || ' ' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 12, 2) || ':' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 15, 2) || ':' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 18, 2) || '.' || SUBSTR(TRIM(BOTH ' ' FROM raw."seen"), 21, 6) AS TIMESTAMP) END END AS "seen",
    raw."kind" AS "kind text",
    CASE WHEN PG_INPUT_IS_VALID(raw."kind", 'smallint') THEN CAST(raw."kind" AS SMALLINT) END AS "kind",
    raw."final" AS "final text",
    CASE WHEN PG_INPUT_IS_VALID(TRIM(BOTH ' ' FROM raw."final"), 'boolean') THEN CAST(TRIM(BOTH ' ' FROM raw."final") AS BOOLEAN) END AS "final",
    raw."note" AS "note"
  FROM "raw_bookings" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "booking_no text" IS NOT NULL AND "booking_no" IS NOT NULL AND "booking_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$' AS "booking_no fits",
    "account" IS NOT NULL AND LENGTH("account") <= 34 AS "account fits",
    "amount text" IS NOT NULL AND "amount" IS NOT NULL AND "amount" < 'Infinity' AND "amount text" ~ '^([ ]*[+-]?([0-9]+(,[0-9]{0,2}0*)?|,[0-9]{1,2}0*)[ ]*)$' AS "amount fits",
    "rate text" IS NULL OR "rate" IS NOT NULL AND "rate" < 'Infinity' AND (CAST("rate" AS TEXT) = "rate text" OR "rate text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,6}0*)?|\.[0-9]{1,6}0*)[ ]*)$') AS "rate fits",
    "share text" IS NULL OR "share" IS NOT NULL AND "share" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND "share text" ~ '^([ ]*[+-]?([0-9]+(,[0-9]*)?|,[0-9]+)([eE][+-]?[0-9]+)?[ ]*)$' AND ("share" <> 0 OR "share text" ~ '^([^1-9eE]*([eE].*)?)$') AS "share fits",
    "booked text" IS NOT NULL AND "booked" IS NOT NULL AND "booked" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND TO_CHAR(CAST("booked" AS TIMESTAMP), 'DD.MM.YYYY') = TRIM(BOTH ' ' FROM "booked text") AS "booked fits",
    "valued text" IS NULL OR "valued" IS NOT NULL AND "valued" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND TO_CHAR(CAST("valued" AS TIMESTAMP), 'YYYY/MM/DD') = TRIM(BOTH ' ' FROM "valued text") AS "valued fits",
    "seen text" IS NULL OR "seen" IS NOT NULL AND "seen" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND TO_CHAR(CAST("seen" AS TIMESTAMP), 'DD.MM.YYYY HH24:MI:SS.US') = TRIM(BOTH ' ' FROM "seen text") AS "seen fits",
    "kind text" IS NULL OR "kind" IS NOT NULL AND "kind text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$' AS "kind fits",
    "final text" IS NULL OR "final" IS NOT NULL AND "final text" ~ '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)$' AS "final fits",
    "note" IS NULL OR LENGTH("note") <= 300 AS "note fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "booking_no fits" THEN 'booking_no'
    WHEN NOT "account fits" THEN 'account'
    WHEN NOT "amount fits" THEN 'amount'
    WHEN NOT "rate fits" THEN 'rate'
    WHEN NOT "share fits" THEN 'share'
    WHEN NOT "booked fits" THEN 'booked'
    WHEN NOT "valued fits" THEN 'valued'
    WHEN NOT "seen fits" THEN 'seen'
    WHEN NOT "kind fits" THEN 'kind'
    WHEN NOT "final fits" THEN 'final'
    WHEN NOT "note fits" THEN 'note'
  END AS "column_name",
  CASE
    WHEN "booking_no text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "booking_no fits" THEN 'not a bigint'
    WHEN "account" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "account fits" THEN 'longer than 34 characters'
    WHEN "amount text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "amount fits" THEN 'not a decimal(12,2)'
    WHEN NOT "rate fits" THEN 'not a decimal(6,6)'
    WHEN NOT "share fits" THEN 'not a double'
    WHEN "booked text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "booked fits" THEN 'not a date like %d.%m.%Y'
    WHEN NOT "valued fits" THEN 'not a date like %Y/%m/%d'
    WHEN NOT "seen fits" THEN 'not a timestamp like %d.%m.%Y %H:%M:%S.%f'
    WHEN NOT "kind fits" THEN 'not a smallint'
    WHEN NOT "final fits" THEN 'not a boolean'
    WHEN NOT "note fits" THEN 'longer than 300 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("booking_no fits"
  AND "account fits"
  AND "amount fits"
  AND "rate fits"
  AND "share fits"
  AND "booked fits"
  AND "valued fits"
  AND "seen fits"
  AND "kind fits"
  AND "final fits"
  AND "note fits")
ORDER BY "row_no";

ANALYZE "stage"."bookings" ("load_dt", "hk_booking_no", "hk_iban");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."bookings_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."bookings"
WHERE "hk_booking_no" IN (
  SELECT "hk_booking_no"
  FROM "stage"."bookings"
  GROUP BY "hk_booking_no"
  HAVING COUNT(*) > 1
);
