-- What each destination costs by each tariff: the lists in force.
DROP VIEW IF EXISTS rate;
CREATE VIEW rate AS
SELECT tariff.name AS tariff, prefix, valid_from_us, valid_until_us, per_minute_nano, connect_fee_nano,
       min_charge_nano, max_charge_nano, grace_s, first_s, next_s, blocked, bands
  FROM tariff JOIN rate_row USING (list);
