-- satellite s_bookings: rendered by dv-gen from metadata/bank.yml:28.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_bookings" (
  "hk_booking_no" UUID NOT NULL,
  "amount" DECIMAL(12, 2),
  "rate" DECIMAL(6, 6),
  "booked" DATE,
  "valued" DATE,
  "seen" TIMESTAMP,
  "kind" SMALLINT,
  "final" BOOLEAN,
  "note" VARCHAR(300) COLLATE "C",
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_booking_no", "load_dt")
);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_booking_no"
  FROM (
    SELECT
      "hk_booking_no",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "hk_booking_no" ORDER BY "load_dt") AS "next"
    FROM "vault"."s_bookings"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."bookings"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:s_bookings'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

SELECT "dv_meta"."lift_key"('"vault"."s_bookings"');

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"ranked" AS (
  SELECT
    "row_no",
    "hashdiff_s_bookings",
    FIRST_VALUE("hashdiff_s_bookings") OVER (PARTITION BY "hk_booking_no", "load_dt" ORDER BY "row_no" DESC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "hk_booking_no", "load_dt" ORDER BY "row_no" DESC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "hk_booking_no", "load_dt", "hashdiff_s_bookings" ORDER BY "row_no" DESC) AS "repeat"
  FROM "stage"."bookings"
  WHERE "hk_booking_no" IS NOT NULL
    AND "row_no" IN (SELECT "row_no" FROM "stage"."bookings_repeats")
),
"unkept" AS (
  SELECT "row_no" FROM "ranked" WHERE "hashdiff_s_bookings" <> "winner" AND "repeat" = 1
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT staged."row_no"
  FROM "stage"."bookings" AS staged
  JOIN "vault"."s_bookings" AS stored
    ON stored."hk_booking_no" = staged."hk_booking_no"
    AND stored."load_dt" = staged."load_dt"
  WHERE stored."hashdiff" <> staged."hashdiff_s_bookings"
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "ranked" WHERE "place no" > 1)
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_bookings' AS "entity",
  'bookings' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_booking_no' AS "column_name",
  'duplicate key' AS "reason",
  CAST("booking_no" AS TEXT) || '|' || REPLACE(REPLACE("account", '\', '\\'), '|', '\|') || '|' || CAST(TRIM_SCALE("amount") AS TEXT) || '|' || COALESCE(CAST(TRIM_SCALE("rate") AS TEXT), '\N') || '|' || COALESCE(CAST("share" AS TEXT), '\N') || '|' || CAST("booked" AS TEXT) || '|' || COALESCE(CAST("valued" AS TEXT), '\N') || '|' || COALESCE(CAST("seen" AS TEXT), '\N') || '|' || COALESCE(CAST("kind" AS TEXT), '\N') || '|' || COALESCE(CAST("final" AS TEXT), '\N') || '|' || COALESCE(REPLACE(REPLACE("note", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."bookings" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept");

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT INTO "vault"."s_bookings" (
  "hk_booking_no",
  "amount",
  "rate",
  "booked",
  "valued",
  "seen",
  "kind",
  "final",
  "note",
  "hashdiff",
  "load_dt",
  "load_src"
)
WITH
"stored" AS (
  SELECT "hk_booking_no", "hashdiff", "load_dt"
  FROM "vault"."s_bookings"
  WHERE "hk_booking_no" IN (SELECT "hk_booking_no" FROM "stage"."bookings")
),
-- Keys that are stored already or may be staged more than once; any other row is simply new.
"ordered_keys" AS (
  SELECT "hk_booking_no" FROM "stored"
  UNION
  SELECT "hk_booking_no" FROM "stage"."bookings" WHERE "hk_booking_no" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "stage"."bookings_repeats")
),
-- Of the rows of one key and load date the last stands for all; the others go to the rejects.
"placed" AS (
  SELECT
    "hk_booking_no",
    "hashdiff_s_bookings",
    "load_dt",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_booking_no", "load_dt" ORDER BY "row_no" DESC) AS "place no"
  FROM "stage"."bookings"
  WHERE "hk_booking_no" IN (SELECT "hk_booking_no" FROM "ordered_keys")
),
"candidates" AS (
  SELECT "hk_booking_no", "hashdiff_s_bookings", "load_dt", "row_no"
  FROM "placed"
  WHERE "place no" = 1
),
"line" AS (
  SELECT
    "hk_booking_no",
    "hashdiff",
    "load_dt",
    0 AS "row_no"
  FROM "stored"
  UNION ALL
  SELECT "hk_booking_no", "hashdiff_s_bookings", "load_dt", "row_no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "stored" AS stored
    WHERE stored."hk_booking_no" = candidate."hk_booking_no"
      AND stored."load_dt" = candidate."load_dt"
  )
),
"compared" AS (
  SELECT
    "hk_booking_no",
    "load_dt",
    "row_no",
    "hashdiff",
    LAG("hashdiff") OVER (PARTITION BY "hk_booking_no" ORDER BY "load_dt") AS "hashdiff before"
  FROM "line"
),
"changed" AS (
  SELECT "hk_booking_no", "load_dt", "row_no"
  FROM "compared"
  WHERE "row_no" > 0
    AND ("hashdiff before" IS NULL OR "hashdiff before" <> "hashdiff")
),
-- By key and number: where a key's rows are on one node, nothing of this leaves it.
"nothing_new" AS (
  SELECT known."hk_booking_no", known."row_no"
  FROM "stage"."bookings" AS known
  WHERE known."hk_booking_no" IN (SELECT "hk_booking_no" FROM "ordered_keys")
    AND NOT EXISTS (
      SELECT 1
      FROM "changed" AS changed
      WHERE changed."hk_booking_no" = known."hk_booking_no"
        AND changed."row_no" = known."row_no"
    )
)
SELECT
  staged."hk_booking_no",
  staged."amount",
  staged."rate",
  staged."booked",
  staged."valued",
  staged."seen",
  staged."kind",
  staged."final",
  staged."note",
  staged."hashdiff_s_bookings",
  staged."load_dt",
  staged."load_src"
FROM "stage"."bookings" AS staged
WHERE staged."hk_booking_no" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "nothing_new" AS nothing_new
    WHERE nothing_new."hk_booking_no" = staged."hk_booking_no"
      AND nothing_new."row_no" = staged."row_no"
  );

SELECT "dv_meta"."put_key"('"vault"."s_bookings"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."s_bookings" ("hk_booking_no", "amount", "rate", "booked", "valued", "seen", "kind", "final", "note", "hashdiff", "load_dt", "load_src");

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_bookings_history" AS
SELECT
  "hk_booking_no",
  "amount",
  "rate",
  "booked",
  "valued",
  "seen",
  "kind",
  "final",
  "note",
  "hashdiff",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_booking_no" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_booking_no" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."s_bookings";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_bookings_current" AS
SELECT
  "hk_booking_no",
  "amount",
  "rate",
  "booked",
  "valued",
  "seen",
  "kind",
  "final",
  "note",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."s_bookings_history"
WHERE "is_current";
