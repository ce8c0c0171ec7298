-- hub h_accounts: rendered by dv-gen from metadata/bank.yml:25.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_accounts" (
  "hk_iban" VARBINARY(16) NOT NULL,
  "iban" VARCHAR(136),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_iban") DISABLED
)
ORDER BY "hk_iban"
SEGMENTED BY HASH("hk_iban") ALL NODES;
