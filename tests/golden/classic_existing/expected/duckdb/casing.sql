-- ledger ledger: rendered by dv-gen from metadata/project.yml:1.
-- Edit the metadata or the templates, not this file.

-- Asked at the beginning of every run: what upper-cases texts is another engine after an upgrade.
SELECT VERSION();

-- Once for every version of the engine: the capitals of all letters that have any.
SELECT UPPER($letters);

-- Only where capitals have changed: rows that hold one of these letters in a text that is upper-cased.
SELECT COUNT(*)
FROM "raw_vault"."hub_customer"
WHERE TRANSLATE("CUSTOMER_ID", $letters, $blanks) <> "CUSTOMER_ID";

-- Only where capitals have changed: rows that hold one of these letters in a text that is upper-cased.
SELECT COUNT(*)
FROM "raw_vault"."sat_customer_details"
WHERE TRANSLATE("CUSTOMER_NAME", $letters, $blanks) <> "CUSTOMER_NAME"
  OR TRANSLATE("CUSTOMER_PHONE", $letters, $blanks) <> "CUSTOMER_PHONE";

-- Only where capitals have changed: rows that hold one of these letters in a text that is upper-cased.
SELECT COUNT(*)
FROM "raw_vault"."sat_order_details"
WHERE TRANSLATE("STATUS", $letters, $blanks) <> "STATUS";

-- Only where capitals have changed: rows that hold one of these letters in a text that is upper-cased.
SELECT COUNT(*)
FROM "raw_vault"."sat_order_link"
WHERE TRANSLATE("STATUS", $letters, $blanks) <> "STATUS";

-- Only where capitals have changed: rows that hold one of these letters in a text that is upper-cased.
SELECT COUNT(*)
FROM "raw_vault"."sat_customer_seen"
WHERE TRANSLATE("SEEN_ID", $letters, $blanks) <> "SEEN_ID";
