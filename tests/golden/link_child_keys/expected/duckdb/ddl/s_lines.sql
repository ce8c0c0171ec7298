-- satellite s_lines: rendered by dv-gen from metadata/lines.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_lines" (
  "hk_l_lines" UUID NOT NULL,
  "price" DECIMAL(10, 2),
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
