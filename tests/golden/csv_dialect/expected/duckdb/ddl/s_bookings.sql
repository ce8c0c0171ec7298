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
  "note" VARCHAR(300),
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
