-- satellite s_acts: rendered by dv-gen from metadata/log.yml:12.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_acts" (
  "hk_user_id" VARBINARY(16) NOT NULL,
  "at" TIMESTAMP,
  "what" VARCHAR(80),
  "weight" DOUBLE PRECISION,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_user_id") DISABLED
)
ORDER BY "hk_user_id"
SEGMENTED BY HASH("hk_user_id") ALL NODES;
