-- stage bookings: rendered by dv-gen from metadata/bank.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."bookings";

CREATE TABLE "stage"."bookings" (
  "booking_no" BIGINT NOT NULL,
  "account" VARCHAR(34) NOT NULL,
  "amount" DECIMAL(12, 2) NOT NULL,
  "rate" DECIMAL(6, 6),
  "share" DOUBLE,
  "booked" DATE NOT NULL,
  "valued" DATE,
  "seen" TIMESTAMP,
  "kind" SMALLINT,
  "final" BOOLEAN,
  "note" VARCHAR(300),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
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
DROP TABLE IF EXISTS temp."raw_bookings";

CREATE TEMPORARY TABLE "raw_bookings" (
  "booking_no" VARCHAR,
  "account" VARCHAR,
  "amount" VARCHAR,
  "rate" VARCHAR,
  "share" VARCHAR,
  "booked" VARCHAR,
  "valued" VARCHAR,
  "seen" VARCHAR,
  "kind" VARCHAR,
  "final" VARCHAR,
  "note" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_bookings" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'booking_no',
  'account',
  'amount',
  'rate',
  'share',
  'booked',
  'valued',
  'seen',
  'kind',
  'final',
  'note'
))
FROM read_csv(
  $file,
  columns = $columns,
  header = true,
  delim = ';',
  quote = '''',
  escape = '''',
  new_line = $new_line,
  nullstr = ['', '-', 'n/a', 'it''s'],
  allow_quoted_nulls = false,
  auto_detect = false,
  compression = 'none',
  hive_partitioning = false,
  store_rejects = true,
  rejects_limit = 0
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
    rowid - (SELECT MIN(rowid) FROM "raw_bookings") + 1 AS "row_no",
    raw."booking_no" AS "booking_no text",
    TRY_CAST(raw."booking_no" AS BIGINT) AS "booking_no",
    TRIM(BOTH ' ' FROM raw."account") AS "account",
    raw."amount" AS "amount text",
    TRY_CAST(REPLACE(raw."amount", ',', '.') AS DECIMAL(12, 2)) AS "amount",
    raw."rate" AS "rate text",
    TRY_CAST(raw."rate" AS DECIMAL(6, 6)) AS "rate",
    raw."share" AS "share text",
    TRY_CAST(REPLACE(raw."share", ',', '.') AS DOUBLE) AS "share",
    raw."booked" AS "booked text",
    CAST(TRY_STRPTIME(TRIM(BOTH ' ' FROM raw."booked"), '%d.%m.%Y') AS DATE) AS "booked",
    raw."valued" AS "valued text",
    CAST(TRY_STRPTIME(TRIM(BOTH ' ' FROM raw."valued"), '%Y/%m/%d') AS DATE) AS "valued",
    raw."seen" AS "seen text",
    TRY_STRPTIME(TRIM(BOTH ' ' FROM raw."seen"), '%d.%m.%Y %H:%M:%S.%f') AS "seen",
    raw."kind" AS "kind text",
    TRY_CAST(raw."kind" AS SMALLINT) AS "kind",
    raw."final" AS "final text",
    TRY_CAST(TRIM(BOTH ' ' FROM raw."final") AS BOOLEAN) AS "final",
    raw."note" AS "note"
  FROM "raw_bookings" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "booking_no text" IS NOT NULL AND "booking_no" IS NOT NULL AND REGEXP_FULL_MATCH("booking_no text", '[ ]*[+-]?[0-9]+[ ]*') AS "booking_no fits",
    "account" IS NOT NULL AND LENGTH("account") <= 34 AS "account fits",
    "amount text" IS NOT NULL AND "amount" IS NOT NULL AND REGEXP_FULL_MATCH("amount text", '[ ]*[+-]?([0-9]+(,[0-9]{0,2}0*)?|,[0-9]{1,2}0*)[ ]*') AS "amount fits",
    CASE WHEN CAST("rate" AS VARCHAR) = "rate text" THEN TRUE WHEN "rate" IS NOT NULL THEN REGEXP_FULL_MATCH("rate text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,6}0*)?|\.[0-9]{1,6}0*)[ ]*') ELSE "rate text" IS NULL END AS "rate fits",
    "share text" IS NULL OR "share" IS NOT NULL AND "share" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_FULL_MATCH("share text", '[ ]*[+-]?([0-9]+(,[0-9]*)?|,[0-9]+)([eE][+-]?[0-9]+)?[ ]*') AND ("share" <> 0 OR REGEXP_FULL_MATCH("share text", '[^1-9eE]*([eE].*)?')) AS "share fits",
    "booked text" IS NOT NULL AND "booked" IS NOT NULL AND "booked" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND STRFTIME("booked", '%d.%m.%Y') = TRIM(BOTH ' ' FROM "booked text") AS "booked fits",
    "valued text" IS NULL OR "valued" IS NOT NULL AND "valued" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND STRFTIME("valued", '%Y/%m/%d') = TRIM(BOTH ' ' FROM "valued text") AS "valued fits",
    "seen text" IS NULL OR "seen" IS NOT NULL AND "seen" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND STRFTIME("seen", '%d.%m.%Y %H:%M:%S.%f') = TRIM(BOTH ' ' FROM "seen text") AS "seen fits",
    "kind text" IS NULL OR "kind" IS NOT NULL AND REGEXP_FULL_MATCH("kind text", '[ ]*[+-]?[0-9]+[ ]*') AS "kind fits",
    "final text" IS NULL OR "final" IS NOT NULL AND REGEXP_FULL_MATCH("final text", '[ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*') AS "final fits",
    "note" IS NULL OR LENGTH("note") <= 300 AS "note fits"
  FROM "typed" AS typed
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
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST('O''Neill''s bank' AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("booking_no" AS VARCHAR)))::UUID AS "hk_booking_no",
  CASE WHEN TRIM(BOTH ' ' FROM "account") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("account", '\') OR CONTAINS("account", '|') THEN REPLACE(REPLACE("account", '\', '\\'), '|', '\|') ELSE "account" END))))::UUID END AS "hk_iban",
  UNHEX(MD5(CONCAT_WS(
    '|',
    'amount=' || REGEXP_REPLACE(CAST("amount" AS VARCHAR), '[.]?0+$', ''),
    'booked=' || CAST("booked" AS VARCHAR),
    'final=' || CAST("final" AS VARCHAR),
    'kind=' || CAST("kind" AS VARCHAR),
    'note=' || CASE WHEN CONTAINS("note", '\') OR CONTAINS("note", '|') THEN REPLACE(REPLACE("note", '\', '\\'), '|', '\|') ELSE "note" END,
    'rate=' || REGEXP_REPLACE(CAST(CAST("rate" AS DECIMAL(7, 6)) AS VARCHAR), '[.]?0+$', ''),
    'seen=' || CAST("seen" AS VARCHAR),
    'valued=' || CAST("valued" AS VARCHAR)
  )))::UUID AS "hashdiff_s_bookings"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_bookings") + 1 AS "row_no",
    raw."booking_no" AS "booking_no text",
    TRY_CAST(raw."booking_no" AS BIGINT) AS "booking_no",
    TRIM(BOTH ' ' FROM raw."account") AS "account",
    raw."amount" AS "amount text",
    TRY_CAST(REPLACE(raw."amount", ',', '.') AS DECIMAL(12, 2)) AS "amount",
    raw."rate" AS "rate text",
    TRY_CAST(raw."rate" AS DECIMAL(6, 6)) AS "rate",
    raw."share" AS "share text",
    TRY_CAST(REPLACE(raw."share", ',', '.') AS DOUBLE) AS "share",
    raw."booked" AS "booked text",
    CAST(TRY_STRPTIME(TRIM(BOTH ' ' FROM raw."booked"), '%d.%m.%Y') AS DATE) AS "booked",
    raw."valued" AS "valued text",
    CAST(TRY_STRPTIME(TRIM(BOTH ' ' FROM raw."valued"), '%Y/%m/%d') AS DATE) AS "valued",
    raw."seen" AS "seen text",
    TRY_STRPTIME(TRIM(BOTH ' ' FROM raw."seen"), '%d.%m.%Y %H:%M:%S.%f') AS "seen",
    raw."kind" AS "kind text",
    TRY_CAST(raw."kind" AS SMALLINT) AS "kind",
    raw."final" AS "final text",
    TRY_CAST(TRIM(BOTH ' ' FROM raw."final") AS BOOLEAN) AS "final",
    raw."note" AS "note"
  FROM "raw_bookings" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "booking_no text" IS NOT NULL AND "booking_no" IS NOT NULL AND REGEXP_FULL_MATCH("booking_no text", '[ ]*[+-]?[0-9]+[ ]*') AS "booking_no fits",
    "account" IS NOT NULL AND LENGTH("account") <= 34 AS "account fits",
    "amount text" IS NOT NULL AND "amount" IS NOT NULL AND REGEXP_FULL_MATCH("amount text", '[ ]*[+-]?([0-9]+(,[0-9]{0,2}0*)?|,[0-9]{1,2}0*)[ ]*') AS "amount fits",
    CASE WHEN CAST("rate" AS VARCHAR) = "rate text" THEN TRUE WHEN "rate" IS NOT NULL THEN REGEXP_FULL_MATCH("rate text", '[ ]*[+-]?([0-9]+(\.[0-9]{0,6}0*)?|\.[0-9]{1,6}0*)[ ]*') ELSE "rate text" IS NULL END AS "rate fits",
    "share text" IS NULL OR "share" IS NOT NULL AND "share" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_FULL_MATCH("share text", '[ ]*[+-]?([0-9]+(,[0-9]*)?|,[0-9]+)([eE][+-]?[0-9]+)?[ ]*') AND ("share" <> 0 OR REGEXP_FULL_MATCH("share text", '[^1-9eE]*([eE].*)?')) AS "share fits",
    "booked text" IS NOT NULL AND "booked" IS NOT NULL AND "booked" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND STRFTIME("booked", '%d.%m.%Y') = TRIM(BOTH ' ' FROM "booked text") AS "booked fits",
    "valued text" IS NULL OR "valued" IS NOT NULL AND "valued" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND STRFTIME("valued", '%Y/%m/%d') = TRIM(BOTH ' ' FROM "valued text") AS "valued fits",
    "seen text" IS NULL OR "seen" IS NOT NULL AND "seen" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND STRFTIME("seen", '%d.%m.%Y %H:%M:%S.%f') = TRIM(BOTH ' ' FROM "seen text") AS "seen fits",
    "kind text" IS NULL OR "kind" IS NOT NULL AND REGEXP_FULL_MATCH("kind text", '[ ]*[+-]?[0-9]+[ ]*') AS "kind fits",
    "final text" IS NULL OR "final" IS NOT NULL AND REGEXP_FULL_MATCH("final text", '[ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*') AS "final fits",
    "note" IS NULL OR LENGTH("note") <= 300 AS "note fits"
  FROM "typed" AS typed
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
