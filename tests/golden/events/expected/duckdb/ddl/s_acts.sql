-- satellite s_acts: rendered by dv-gen from metadata/log.yml:12.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_acts" (
  "hk_user_id" UUID NOT NULL,
  "at" TIMESTAMP,
  "what" VARCHAR(20),
  "weight" DOUBLE,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
