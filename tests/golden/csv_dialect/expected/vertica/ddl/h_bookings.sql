-- hub h_bookings: rendered by dv-gen from metadata/bank.yml:24.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_bookings" (
  "hk_booking_no" VARBINARY(16) NOT NULL,
  "booking_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_booking_no") DISABLED
)
ORDER BY "hk_booking_no"
SEGMENTED BY HASH("hk_booking_no") ALL NODES;
