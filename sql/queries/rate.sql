-- Prices by destination, for the engine.

-- name: tariff_terms
SELECT list, currency, zone, rounding, decimals FROM tariff WHERE name = :name;

-- name: rate_before
-- The last rate at or before a prefix and a moment, in the order of prefixes.
SELECT prefix, valid_from_us, valid_until_us, per_minute_nano, connect_fee_nano, min_charge_nano, max_charge_nano,
       grace_s, first_s, next_s, blocked, bands
  FROM rate_row
 WHERE list = :list AND (prefix, valid_from_us) <= (:prefix, :at_us)
 ORDER BY prefix DESC, valid_from_us DESC LIMIT 1;

-- name: account_tariff
SELECT tariff FROM account WHERE name = :name;

-- name: charged_since
-- What an account's calls cost since a moment.
SELECT coalesce(sum(amount_nano), 0) FROM ledger
 WHERE debit = :account AND currency = :currency AND at_us >= :since_us AND kind = 'charge';
