-- hub h_accounts: rendered by dv-gen from metadata/bank.yml:25.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_accounts" (
  "hk_iban" UUID NOT NULL,
  "iban" VARCHAR(34),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);
