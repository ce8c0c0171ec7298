-- link l_lines: rendered by dv-gen from metadata/lines.yml:17.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_lines" (
  "hk_l_lines" UUID NOT NULL,
  "hk_order_no" UUID NOT NULL,
  "hk_product_no" UUID NOT NULL,
  "line_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
