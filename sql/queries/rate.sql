-- Prices by destination, for the engine.

-- name: rate_begin
-- What is asked of several tariffs is of one state of the database.
BEGIN;

-- name: rate_end
COMMIT;

-- name: tariff_terms
SELECT list, currency, zone, rounding, decimals FROM tariff WHERE name = :name;

-- name: rate_before
-- The last rate at or before a prefix and a moment, in the order of prefixes.
SELECT prefix, valid_from_us, valid_until_us, per_minute_nano, connect_fee_nano, min_charge_nano, max_charge_nano,
       grace_s, first_s, next_s, blocked, bands
  FROM rate_row
 WHERE list = :list AND (prefix, valid_from_us) <= (:prefix, :at_us)
 ORDER BY prefix DESC, valid_from_us DESC LIMIT 1;

-- name: rate_neighbour_below
-- The last prefix at or before a number, whenever its rates are in force.
SELECT prefix FROM rate_row WHERE list = :list AND prefix <= :number ORDER BY prefix DESC LIMIT 1;

-- name: rate_neighbour_above
SELECT prefix FROM rate_row WHERE list = :list AND prefix > :number ORDER BY prefix LIMIT 1;

-- name: rate_next_begin
SELECT min(valid_from_us) FROM rate_row WHERE list = :list AND prefix = :prefix AND valid_from_us > :at_us;

-- name: account_tariff
SELECT tariff FROM account WHERE name = :name;

-- name: rate_list_base
SELECT list FROM tariff WHERE name = :tariff;

-- name: rate_list_add
INSERT INTO rate_list (tariff, building) SELECT name, 1 FROM tariff WHERE name = :tariff;

-- name: rate_row_add
INSERT INTO rate_row (list, prefix, valid_from_us, valid_until_us, per_minute_nano, connect_fee_nano,
                      min_charge_nano, max_charge_nano, grace_s, first_s, next_s, blocked, bands)
VALUES (:list, :prefix, :valid_from_us, :valid_until_us, :per_minute_nano, :connect_fee_nano,
        :min_charge_nano, :max_charge_nano, :grace_s, :first_s, :next_s, :blocked, :bands);

-- name: rate_list_switch
-- Unless another list came into force since it was begun.
UPDATE tariff SET list = :list, imported = 1 WHERE name = :tariff AND coalesce(list, 0) = :base;

-- name: rate_list_done
UPDATE rate_list SET building = 0 WHERE list = :list;

-- name: rate_list_left
-- What a program that was cut off left behind.
UPDATE rate_list SET building = 0 WHERE building;

-- name: rate_list_orphan
SELECT list FROM rate_list
 WHERE NOT building AND NOT EXISTS (SELECT 1 FROM tariff WHERE tariff.list = rate_list.list) LIMIT 1;

-- name: rate_list_part
-- How far the first 5,000 rates of a list go.
SELECT prefix FROM rate_row WHERE list = :list ORDER BY prefix LIMIT 1 OFFSET 5000;

-- name: rate_row_delete
DELETE FROM rate_row WHERE list = :list AND prefix <= :prefix;

-- name: rate_row_delete_all
DELETE FROM rate_row WHERE list = :list;

-- name: rate_list_delete
DELETE FROM rate_list WHERE list = :list;

-- name: rate_list_rows
-- A tariff's list in force, in the order of prefixes; bands as texts with ";" between them.
SELECT prefix, valid_from_us, valid_until_us, per_minute_nano, connect_fee_nano, min_charge_nano, max_charge_nano,
       grace_s, first_s, next_s, blocked,
       replace(replace(substr(bands, 2, length(bands) - 2), '","', ';'), '"', '') AS bands
  FROM rate_row WHERE list = :list ORDER BY prefix, valid_from_us;

-- name: tariff_table
SELECT name, currency, zone, rounding, decimals, iif(imported, 'list', 'apply') AS "by",
       (SELECT count(*) FROM rate_row WHERE rate_row.list = tariff.list) AS rates,
       (SELECT count(*) FROM account WHERE account.tariff = tariff.name) AS accounts,
       (SELECT count(*) FROM trunk WHERE trunk.cost_tariff = tariff.name) AS trunks
  FROM tariff ORDER BY name;

-- name: tariff_rates
-- All that begin so; what prefixes are made of comes before ":".
SELECT prefix, nullif(valid_from_us, 0) AS valid_from_us, valid_until_us, per_minute_nano, connect_fee_nano,
       min_charge_nano, max_charge_nano, grace_s, first_s, next_s, blocked, bands
  FROM rate_row
 WHERE list = (SELECT list FROM tariff WHERE name = :tariff) AND prefix >= :prefix AND prefix < :prefix || ':'
 ORDER BY prefix, valid_from_us;
