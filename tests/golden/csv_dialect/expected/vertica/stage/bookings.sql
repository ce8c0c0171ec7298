-- stage bookings: rendered by dv-gen from metadata/bank.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."bookings" CASCADE;

CREATE TABLE "stage"."bookings" (
  "booking_no" INTEGER NOT NULL,
  "account" VARCHAR(136) NOT NULL,
  "amount" DECIMAL(12, 2) NOT NULL,
  "rate" DECIMAL(6, 6),
  "share" DOUBLE PRECISION,
  "booked" DATE NOT NULL,
  "valued" DATE,
  "seen" TIMESTAMP,
  "kind" INTEGER,
  "final" BOOLEAN,
  "note" VARCHAR(1200),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_booking_no" VARBINARY(16) NOT NULL,
  "hk_iban" VARBINARY(16),
  "hashdiff_s_bookings" VARBINARY(16) NOT NULL
)
ORDER BY "hk_booking_no"
SEGMENTED BY HASH("hk_booking_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."bookings_repeats" CASCADE;

CREATE TABLE "stage"."bookings_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_bookings";

CREATE LOCAL TEMPORARY TABLE "raw_bookings" (
  "row_no" INTEGER NOT NULL,
  "booking_no" VARCHAR(404),
  "account" VARCHAR(140),
  "amount" VARCHAR(404),
  "rate" VARCHAR(404),
  "share" VARCHAR(404),
  "booked" VARCHAR(404),
  "valued" VARCHAR(404),
  "seen" VARCHAR(404),
  "kind" VARCHAR(404),
  "final" VARCHAR(404),
  "note" VARCHAR(1204)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:bookings')*/ "raw_bookings" (
  "row_no",
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
  "note"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_bookings_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:bookings')*/ INTO "stage"."bookings" (
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
  CAST('O''Neill''s bank' AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("booking_no" AS VARCHAR(20)))) AS "hk_booking_no",
  CASE WHEN TRIM(BOTH ' ' FROM "account") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("account", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_iban",
  HEX_TO_BINARY(MD5(SUBSTR(
    '|amount=' || RTRIM(RTRIM(CAST("amount" AS VARCHAR(14)), '0'), '.')
    || '|booked=' || TO_CHAR("booked", 'YYYY-MM-DD')
    || COALESCE('|final=' || CASE WHEN "final" THEN 'true' WHEN NOT "final" THEN 'false' END, '')
    || COALESCE('|kind=' || CAST("kind" AS VARCHAR(6)), '')
    || COALESCE('|note=' || REPLACE(REPLACE("note", '\', '\\'), '|', '\|'), '')
    || COALESCE('|rate=' || RTRIM(RTRIM(CAST("rate" AS VARCHAR(9)), '0'), '.'), '')
    || COALESCE('|seen=' || RTRIM(RTRIM(TO_CHAR("seen", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '')
    || COALESCE('|valued=' || TO_CHAR("valued", 'YYYY-MM-DD'), ''),
    2
  ))) AS "hashdiff_s_bookings"
FROM (
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
  FROM (
    SELECT
      typed.*,
      "booking_no text" IS NOT NULL AND "booking_no" IS NOT NULL AND REGEXP_LIKE("booking_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z') AS "booking_no fits",
      "account" IS NOT NULL AND CHARACTER_LENGTH("account") <= 34 AS "account fits",
      "amount text" IS NOT NULL AND "amount" IS NOT NULL AND REGEXP_LIKE("amount text", '^([ ]*[+-]?([0-9]+(,[0-9]{0,2}0*)?|,[0-9]{1,2}0*)[ ]*)\z') AS "amount fits",
      "rate text" IS NULL OR "rate" IS NOT NULL AND (CAST("rate" AS VARCHAR(9)) = "rate text" OR REGEXP_LIKE("rate text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,6}0*)?|\.[0-9]{1,6}0*)[ ]*)\z')) AS "rate fits",
      "share text" IS NULL OR "share" IS NOT NULL AND "share" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_LIKE("share text", '^([ ]*[+-]?([0-9]+(,[0-9]*)?|,[0-9]+)([eE][+-]?[0-9]+)?[ ]*)\z') AND ("share" <> 0 OR REGEXP_LIKE("share text", '^([^1-9eE]*([eE].*)?)\z')) AS "share fits",
      "booked text" IS NOT NULL AND "booked" IS NOT NULL AND "booked" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND TO_CHAR("booked", 'DD.MM.YYYY') = TRIM(BOTH ' ' FROM "booked text") AS "booked fits",
      "valued text" IS NULL OR "valued" IS NOT NULL AND "valued" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND TO_CHAR("valued", 'YYYY/MM/DD') = TRIM(BOTH ' ' FROM "valued text") AS "valued fits",
      "seen text" IS NULL OR "seen" IS NOT NULL AND "seen" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND TO_CHAR("seen", 'DD.MM.YYYY HH24:MI:SS.US') = TRIM(BOTH ' ' FROM "seen text") AS "seen fits",
      "kind text" IS NULL OR "kind" IS NOT NULL AND "kind" BETWEEN -32768 AND 32767 AND REGEXP_LIKE("kind text", '^([ ]*[+-]?[0-9]+[ ]*)\z') AS "kind fits",
      "final text" IS NULL OR "final" IS NOT NULL AND REGEXP_LIKE("final text", '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)\z') AS "final fits",
      "note" IS NULL OR CHARACTER_LENGTH("note") <= 300 AS "note fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."booking_no", 2) AS "booking_no text",
        SUBSTR(raw."booking_no", 2)::!INTEGER AS "booking_no",
        TRIM(BOTH ' ' FROM SUBSTR(raw."account", 2)) AS "account",
        SUBSTR(raw."amount", 2) AS "amount text",
        REPLACE(SUBSTR(raw."amount", 2), ',', '.')::!DECIMAL(12, 2) AS "amount",
        SUBSTR(raw."rate", 2) AS "rate text",
        SUBSTR(raw."rate", 2)::!DECIMAL(6, 6) AS "rate",
        SUBSTR(raw."share", 2) AS "share text",
        REPLACE(SUBSTR(raw."share", 2), ',', '.')::!DOUBLE PRECISION AS "share",
        SUBSTR(raw."booked", 2) AS "booked text",
        CASE WHEN REGEXP_LIKE(TRIM(BOTH ' ' FROM SUBSTR(raw."booked", 2)), '^([0-9]{2}[.][0-9]{2}[.][0-9]{4})\z') THEN (SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."booked", 2)), 7, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."booked", 2)), 4, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."booked", 2)), 1, 2))::!DATE END AS "booked",
        SUBSTR(raw."valued", 2) AS "valued text",
        CASE WHEN REGEXP_LIKE(TRIM(BOTH ' ' FROM SUBSTR(raw."valued", 2)), '^([0-9]{4}[/][0-9]{2}[/][0-9]{2})\z') THEN (SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."valued", 2)), 1, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."valued", 2)), 6, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."valued", 2)), 9, 2))::!DATE END AS "valued",
        SUBSTR(raw."seen", 2) AS "seen text",
        CASE WHEN REGEXP_LIKE(TRIM(BOTH ' ' FROM SUBSTR(raw."seen", 2)), '^([0-9]{2}[.][0-9]{2}[.][0-9]{4} [0-9]{2}[:][0-9]{2}[:][0-9]{2}[.][0-9]{6})\z') THEN (SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."seen", 2)), 7, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."seen", 2)), 4, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."seen", 2)), 1, 2) || ' ' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."seen", 2)), 12, 2) || ':' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."seen", 2)), 15, 2) || ':' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."seen", 2)), 18, 2) || '.' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."seen", 2)), 21, 6))::!TIMESTAMP END AS "seen",
        SUBSTR(raw."kind", 2) AS "kind text",
        SUBSTR(raw."kind", 2)::!INTEGER AS "kind",
        SUBSTR(raw."final", 2) AS "final text",
        TRIM(BOTH ' ' FROM SUBSTR(raw."final", 2))::!BOOLEAN AS "final",
        SUBSTR(raw."note", 2) AS "note"
      FROM "raw_bookings" AS raw
    ) AS typed
  ) AS "checked"
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
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."booking_no", 2) AS "booking_no text",
    SUBSTR(raw."booking_no", 2)::!INTEGER AS "booking_no",
    TRIM(BOTH ' ' FROM SUBSTR(raw."account", 2)) AS "account",
    SUBSTR(raw."amount", 2) AS "amount text",
    REPLACE(SUBSTR(raw."amount", 2), ',', '.')::!DECIMAL(12, 2) AS "amount",
    SUBSTR(raw."rate", 2) AS "rate text",
    SUBSTR(raw."rate", 2)::!DECIMAL(6, 6) AS "rate",
    SUBSTR(raw."share", 2) AS "share text",
    REPLACE(SUBSTR(raw."share", 2), ',', '.')::!DOUBLE PRECISION AS "share",
    SUBSTR(raw."booked", 2) AS "booked text",
    CASE WHEN REGEXP_LIKE(TRIM(BOTH ' ' FROM SUBSTR(raw."booked", 2)), '^([0-9]{2}[.][0-9]{2}[.][0-9]{4})\z') THEN (SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."booked", 2)), 7, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."booked", 2)), 4, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."booked", 2)), 1, 2))::!DATE END AS "booked",
    SUBSTR(raw."valued", 2) AS "valued text",
    CASE WHEN REGEXP_LIKE(TRIM(BOTH ' ' FROM SUBSTR(raw."valued", 2)), '^([0-9]{4}[/][0-9]{2}[/][0-9]{2})\z') THEN (SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."valued", 2)), 1, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."valued", 2)), 6, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."valued", 2)), 9, 2))::!DATE END AS "valued",
    SUBSTR(raw."seen", 2) AS "seen text",
    CASE WHEN REGEXP_LIKE(TRIM(BOTH ' ' FROM SUBSTR(raw."seen", 2)), '^([0-9]{2}[.][0-9]{2}[.][0-9]{4} [0-9]{2}[:][0-9]{2}[:][0-9]{2}[.][0-9]{6})\z') THEN (SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."seen", 2)), 7, 4) || '-' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."seen", 2)), 4, 2) || '-' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."seen", 2)), 1, 2) || ' ' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."seen", 2)), 12, 2) || ':' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."seen", 2)), 15, 2) || ':' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."seen", 2)), 18, 2) || '.' || SUBSTR(TRIM(BOTH ' ' FROM SUBSTR(raw."seen", 2)), 21, 6))::!TIMESTAMP END AS "seen",
    SUBSTR(raw."kind", 2) AS "kind text",
    SUBSTR(raw."kind", 2)::!INTEGER AS "kind",
    SUBSTR(raw."final", 2) AS "final text",
    TRIM(BOTH ' ' FROM SUBSTR(raw."final", 2))::!BOOLEAN AS "final",
    SUBSTR(raw."note", 2) AS "note"
  FROM "raw_bookings" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "booking_no text" IS NOT NULL AND "booking_no" IS NOT NULL AND REGEXP_LIKE("booking_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z') AS "booking_no fits",
    "account" IS NOT NULL AND CHARACTER_LENGTH("account") <= 34 AS "account fits",
    "amount text" IS NOT NULL AND "amount" IS NOT NULL AND REGEXP_LIKE("amount text", '^([ ]*[+-]?([0-9]+(,[0-9]{0,2}0*)?|,[0-9]{1,2}0*)[ ]*)\z') AS "amount fits",
    "rate text" IS NULL OR "rate" IS NOT NULL AND (CAST("rate" AS VARCHAR(9)) = "rate text" OR REGEXP_LIKE("rate text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,6}0*)?|\.[0-9]{1,6}0*)[ ]*)\z')) AS "rate fits",
    "share text" IS NULL OR "share" IS NOT NULL AND "share" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_LIKE("share text", '^([ ]*[+-]?([0-9]+(,[0-9]*)?|,[0-9]+)([eE][+-]?[0-9]+)?[ ]*)\z') AND ("share" <> 0 OR REGEXP_LIKE("share text", '^([^1-9eE]*([eE].*)?)\z')) AS "share fits",
    "booked text" IS NOT NULL AND "booked" IS NOT NULL AND "booked" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND TO_CHAR("booked", 'DD.MM.YYYY') = TRIM(BOTH ' ' FROM "booked text") AS "booked fits",
    "valued text" IS NULL OR "valued" IS NOT NULL AND "valued" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND TO_CHAR("valued", 'YYYY/MM/DD') = TRIM(BOTH ' ' FROM "valued text") AS "valued fits",
    "seen text" IS NULL OR "seen" IS NOT NULL AND "seen" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND TO_CHAR("seen", 'DD.MM.YYYY HH24:MI:SS.US') = TRIM(BOTH ' ' FROM "seen text") AS "seen fits",
    "kind text" IS NULL OR "kind" IS NOT NULL AND "kind" BETWEEN -32768 AND 32767 AND REGEXP_LIKE("kind text", '^([ ]*[+-]?[0-9]+[ ]*)\z') AS "kind fits",
    "final text" IS NULL OR "final" IS NOT NULL AND REGEXP_LIKE("final text", '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)\z') AS "final fits",
    "note" IS NULL OR CHARACTER_LENGTH("note") <= 300 AS "note fits"
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
INSERT /*+LABEL('dv_gen:bookings')*/ INTO "stage"."bookings_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."bookings"
WHERE "hk_booking_no" IN (
  SELECT "hk_booking_no"
  FROM "stage"."bookings"
  GROUP BY "hk_booking_no"
  HAVING COUNT(*) > 1
);
