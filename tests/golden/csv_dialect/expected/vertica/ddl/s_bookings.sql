-- satellite s_bookings: rendered by dv-gen from metadata/bank.yml:28.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_bookings" (
  "hk_booking_no" VARBINARY(16) NOT NULL,
  "amount" DECIMAL(12, 2),
  "rate" DECIMAL(6, 6),
  "booked" DATE,
  "valued" DATE,
  "seen" TIMESTAMP,
  "kind" INTEGER,
  "final" BOOLEAN,
  "note" VARCHAR(1200),
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_booking_no", "load_dt") DISABLED
)
ORDER BY "hk_booking_no", "load_dt"
SEGMENTED BY HASH("hk_booking_no") ALL NODES;
