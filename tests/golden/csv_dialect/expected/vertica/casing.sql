-- ledger ledger: rendered by dv-gen from metadata/project.yml:1.
-- Edit the metadata or the templates, not this file.

-- Asked at the beginning of every run: what upper-cases texts is another engine after an upgrade.
SELECT VERSION();

-- Once for every version of the engine: the capitals of all letters that have any.
SELECT REPLACE(UPPER(:letters), 'ß', 'ẞ');

-- Only where capitals have changed: rows that hold one of these letters in a text that is upper-cased.
SELECT COUNT(*)
FROM "vault"."h_accounts"
WHERE TRANSLATE("iban", :letters, :blanks) <> "iban";
