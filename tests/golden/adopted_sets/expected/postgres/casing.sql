-- ledger ledger: rendered by dv-gen from metadata/project.yml:1.
-- Edit the metadata or the templates, not this file.

-- Asked at the beginning of every run: what upper-cases texts is another engine after an upgrade.
SELECT VERSION();

-- Once for every version of the engine: the capitals of all letters that have any.
SELECT (REPLACE(UPPER(:letters COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C");

-- Only where capitals have changed: rows that hold one of these letters in a text that is upper-cased.
SELECT COUNT(*)
FROM "raw_vault"."hub_customer"
WHERE TRANSLATE("CUSTOMER_ID", :letters, :blanks) <> "CUSTOMER_ID";

-- Only where capitals have changed: rows that hold one of these letters in a text that is upper-cased.
SELECT COUNT(*)
FROM "raw_vault"."hub_order"
WHERE TRANSLATE("ORDER_ID", :letters, :blanks) <> "ORDER_ID";

-- Only where capitals have changed: rows that hold one of these letters in a text that is upper-cased.
SELECT COUNT(*)
FROM "raw_vault"."ma_sat_phone"
WHERE TRANSLATE("PHONE_TYPE", :letters, :blanks) <> "PHONE_TYPE"
  OR TRANSLATE("CUSTOMER_PHONE", :letters, :blanks) <> "CUSTOMER_PHONE";

-- Only where capitals have changed: rows that hold one of these letters in a text that is upper-cased.
SELECT COUNT(*)
FROM "raw_vault"."ma_sat_type"
WHERE TRANSLATE("PHONE_TYPE", :letters, :blanks) <> "PHONE_TYPE"
  OR TRANSLATE("CUSTOMER_PHONE", :letters, :blanks) <> "CUSTOMER_PHONE";

-- Only where capitals have changed: rows that hold one of these letters in a text that is upper-cased.
SELECT COUNT(*)
FROM "raw_vault"."eff_sat_customers"
WHERE TRANSLATE("CHANNEL", :letters, :blanks) <> "CHANNEL";

-- Only where capitals have changed: rows that hold one of these letters in a text that is upper-cased.
SELECT COUNT(*)
FROM "raw_vault"."eff_sat_contract"
WHERE TRANSLATE("CHANNEL", :letters, :blanks) <> "CHANNEL";

-- Only where capitals have changed: rows that hold one of these letters in a text that is upper-cased.
SELECT COUNT(*)
FROM "raw_vault"."xts_customer"
WHERE TRANSLATE("satellite_name", :letters, :blanks) <> "satellite_name";

-- Only where capitals have changed: rows that hold one of these letters in a text that is upper-cased.
SELECT COUNT(*)
FROM "raw_vault"."ref_code"
WHERE TRANSLATE("CODE", :letters, :blanks) <> "CODE"
  OR TRANSLATE("MEANING", :letters, :blanks) <> "MEANING";
