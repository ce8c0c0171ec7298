-- view s_bookings: rendered by dv-gen from metadata/bank.yml:28.
-- Edit the metadata or the templates, not this file.

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
