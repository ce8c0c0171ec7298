-- hub h_bookings: rendered by dv-gen from metadata/bank.yml:24.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_bookings" (
  "hk_booking_no" UUID NOT NULL,
  "booking_no" BIGINT,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
