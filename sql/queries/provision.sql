-- What is provisioned, to and from the stored form of an object (b2bua/store/object.h): one JSON object
-- in :object whose amounts are nano units. A *_list statement yields one such object a row.

-- name: interface_list
SELECT json_object('name', name, 'listen', json(listen), 'media', json(media)) FROM interface ORDER BY rowid;

-- name: interface_put
INSERT INTO interface (name, listen, media)
SELECT o ->> 'name', o -> 'listen', o -> 'media' FROM (SELECT :object AS o) WHERE true
    ON CONFLICT (name) DO UPDATE SET listen = excluded.listen, media = excluded.media;

-- name: interface_delete
DELETE FROM interface WHERE name = :name;

-- name: tariff_list
-- Rates that a price list brought are the database's alone.
SELECT json_object('name', name, 'currency', currency, 'zone', zone, 'rounding', rounding, 'decimals', decimals,
           'rates', iif(imported, NULL, json(
           (SELECT json_group_array(json_object('prefix', prefix, 'per_minute', per_minute_nano,
                       'connect_fee', connect_fee_nano, 'first', first_s, 'next', next_s,
                       'min_charge', min_charge_nano, 'max_charge', max_charge_nano, 'grace', grace_s,
                       'blocked', json(iif(blocked, 'true', 'false')), 'bands', json(coalesce(bands, '[]')),
                       'valid_from', strftime('%Y-%m-%dT%H:%M:%SZ', nullif(valid_from_us, 0) / 1000000, 'unixepoch'),
                       'valid_until', strftime('%Y-%m-%dT%H:%M:%SZ', valid_until_us / 1000000, 'unixepoch')))
              FROM (SELECT * FROM rate_row WHERE rate_row.list = tariff.list ORDER BY prefix, valid_from_us)))))
  FROM tariff ORDER BY rowid;

-- name: tariff_put
INSERT INTO tariff (name, currency, zone, rounding, decimals, imported)
SELECT o ->> 'name', o ->> 'currency', o ->> 'zone', o ->> 'rounding', o ->> 'decimals', o ->> 'rates' IS NULL
  FROM (SELECT :object AS o) WHERE true
    ON CONFLICT (name) DO UPDATE SET currency = excluded.currency, zone = excluded.zone,
       rounding = excluded.rounding, decimals = excluded.decimals, imported = excluded.imported;

-- name: tariff_list_add
-- Its rates, unless they stay as they are, are written as a new list; the old one is swept.
INSERT INTO rate_list (tariff)
SELECT :object ->> 'name' WHERE :object ->> 'rates' IS NOT NULL;

-- name: tariff_list_set
UPDATE tariff SET list = (SELECT max(list) FROM rate_list WHERE rate_list.tariff = tariff.name AND NOT building)
 WHERE name = :object ->> 'name' AND NOT imported;

-- name: tariff_rates_put
-- Rates come as operators write them, amounts as "12.30": the whole part and nine decimals, exactly. What is at its
-- default may be left out.
WITH given AS (
	SELECT value ->> 'prefix' AS prefix, value ->> 'per_minute' AS per_minute,
	       value ->> 'connect_fee' AS connect_fee, coalesce(value ->> 'min_charge', '0.00') AS min_charge,
	       coalesce(value ->> 'max_charge', '0.00') AS max_charge, coalesce(value ->> 'grace', 0) AS grace_s,
	       value ->> 'first' AS first_s, value ->> 'next' AS next_s,
	       coalesce(value ->> 'blocked', 0) AS blocked, value -> 'bands' AS bands,
	       coalesce(unixepoch(value ->> 'valid_from') * 1000000, 0) AS valid_from_us,
	       unixepoch(value ->> 'valid_until') * 1000000 AS valid_until_us
	  FROM json_each(:object, '$.rates')
)
INSERT INTO rate_row (list, prefix, valid_from_us, valid_until_us, per_minute_nano, connect_fee_nano,
                      min_charge_nano, max_charge_nano, grace_s, first_s, next_s, blocked, bands)
SELECT list, prefix, valid_from_us, valid_until_us,
       CAST(substr(per_minute, 1, instr(per_minute, '.') - 1) AS INTEGER) * 1000000000
           + CAST(substr(substr(per_minute, instr(per_minute, '.') + 1) || '000000000', 1, 9) AS INTEGER),
       CAST(substr(connect_fee, 1, instr(connect_fee, '.') - 1) AS INTEGER) * 1000000000
           + CAST(substr(substr(connect_fee, instr(connect_fee, '.') + 1) || '000000000', 1, 9) AS INTEGER),
       CAST(substr(min_charge, 1, instr(min_charge, '.') - 1) AS INTEGER) * 1000000000
           + CAST(substr(substr(min_charge, instr(min_charge, '.') + 1) || '000000000', 1, 9) AS INTEGER),
       CAST(substr(max_charge, 1, instr(max_charge, '.') - 1) AS INTEGER) * 1000000000
           + CAST(substr(substr(max_charge, instr(max_charge, '.') + 1) || '000000000', 1, 9) AS INTEGER),
       grace_s, first_s, next_s, blocked, bands
  FROM given, tariff
 WHERE name = :object ->> 'name' AND NOT imported;

-- name: tariff_delete
DELETE FROM tariff WHERE name = :name;

-- name: account_list
SELECT json_object('name', name, 'kind', kind, 'currency', currency, 'balance',
           coalesce((SELECT nano FROM balance
                      WHERE balance.account = account.name AND balance.currency = account.currency), 0)
         + coalesce((SELECT sum(nano) FROM hold
                      WHERE hold.account = account.name AND hold.currency = account.currency), 0),
           'credit_limit', credit_limit_nano, 'tariff', tariff, 'enabled', json(iif(enabled, 'true', 'false')),
           'valid_until', strftime('%Y-%m-%dT%H:%M:%SZ', valid_until_us / 1000000, 'unixepoch'), 'max_calls', max_calls, 'max_cps', max_cps, 'max_spend_call', max_spend_call_nano, 'max_spend_day', max_spend_day_nano,
           'max_per_minute', max_per_minute_nano, 'low_balance', low_balance_nano, 'allow', json(allow),
           'deny', json(deny), 'new_country', new_country, 'countries', json(countries), 'burst_calls', burst_calls,
           'burst_window_s', burst_window_s, 'burst_block_s', burst_block_s, 'burst_price', burst_price_nano)
  FROM account ORDER BY rowid;

-- name: account_put
INSERT INTO account (name, kind, currency, credit_limit_nano, tariff, enabled, valid_until_us, max_calls, max_cps,
                     max_spend_call_nano, max_spend_day_nano, max_per_minute_nano, low_balance_nano, allow, deny,
                     new_country, countries, burst_calls, burst_window_s, burst_block_s, burst_price_nano)
SELECT o ->> 'name', o ->> 'kind', o ->> 'currency', o ->> 'credit_limit', o ->> 'tariff', o ->> 'enabled',
       unixepoch(o ->> 'valid_until') * 1000000, o ->> 'max_calls', o ->> 'max_cps', o ->> 'max_spend_call', o ->> 'max_spend_day', o ->> 'max_per_minute',
       o ->> 'low_balance', o -> 'allow', o -> 'deny', o ->> 'new_country', o -> 'countries', o ->> 'burst_calls',
       o ->> 'burst_window_s', o ->> 'burst_block_s', o ->> 'burst_price'
  FROM (SELECT :object AS o) WHERE true
    ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, currency = excluded.currency,
       credit_limit_nano = excluded.credit_limit_nano, tariff = excluded.tariff, enabled = excluded.enabled,
       valid_until_us = excluded.valid_until_us, max_calls = excluded.max_calls,
       max_cps = excluded.max_cps, max_spend_call_nano = excluded.max_spend_call_nano,
       max_spend_day_nano = excluded.max_spend_day_nano, max_per_minute_nano = excluded.max_per_minute_nano,
       low_balance_nano = excluded.low_balance_nano, allow = excluded.allow, deny = excluded.deny,
       new_country = excluded.new_country, countries = excluded.countries, burst_calls = excluded.burst_calls,
       burst_window_s = excluded.burst_window_s, burst_block_s = excluded.burst_block_s,
       burst_price_nano = excluded.burst_price_nano;

-- name: account_open
-- Book the opening balance: what is missing to it, for an account of this name may have been there before.
WITH opening AS (
	SELECT :object ->> 'name' AS name, :object ->> 'currency' AS currency, :object ->> 'balance' AS wanted
), missing AS (
	SELECT name, opening.currency, wanted
	     - coalesce((SELECT nano FROM balance
	                  WHERE balance.account = name AND balance.currency = opening.currency), 0)
	     - coalesce((SELECT sum(nano) FROM hold
	                  WHERE hold.account = name AND hold.currency = opening.currency), 0) AS nano
	  FROM opening
)
INSERT INTO ledger (entry_id, idem_key, node, at_us, kind, debit, credit, amount_nano, currency, note)
SELECT :id, 'opening:' || :id, coalesce((SELECT node FROM node ORDER BY alive_us DESC LIMIT 1), ''), :at_us,
       iif(nano > 0, 'topup', 'adjust'), iif(nano > 0, '@topup', name), iif(nano > 0, name, '@topup'),
       abs(nano), currency, 'opening balance'
  FROM missing WHERE nano <> 0;

-- name: account_delete
DELETE FROM account WHERE name = :name;

-- name: settings_list
SELECT json_group_object(key, json(value)) FROM setting;

-- name: settings_put
INSERT INTO setting (key, value)
SELECT key, :object -> fullkey FROM json_each(:object) WHERE true
    ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: trunk_list
SELECT json_object('name', name, 'interface', interface, 'account', account, 'match', json(
           (SELECT json_group_array(source)
              FROM (SELECT source FROM trunk_match WHERE trunk_match.trunk = trunk.name ORDER BY position))),
           'target', target, 'cost_tariff', cost_tariff, 'enabled', json(iif(enabled, 'true', 'false')),
           'anchor', anchor, 'srtp', srtp, 'auth_user', auth_user, 'auth_password', auth_password,
           'auth_realm', auth_realm, 'prack_in', prack_in, 'prack_out', prack_out, 'redirect', redirect,
           'session_timer', session_timer, 'session_expires_s', session_expires_s, 'min_se_s', min_se_s, 'probe_s', probe_s,
           'precondition', precondition, 'transfer', transfer, 'methods', json(methods),
           'methods_outside', json(methods_outside),
           'headers_in', json(headers_in), 'headers_out', json(headers_out), 'trust', json(iif(trust, 'true', 'false')),
           'tls_ca', tls_ca, 'tls_name', tls_name, 'tls_verify', json(iif(tls_verify, 'true', 'false')),
           'tls_cert', tls_cert, 'timeout_s', timeout_ms / 1000,
           'ring_timeout_s', ring_timeout_ms / 1000, 'max_duration_s', max_duration_ms / 1000, 'max_calls', max_calls,
           'max_subscriptions', max_subscriptions, 'failover', json(failover))
  FROM trunk ORDER BY rowid;

-- name: trunk_put
INSERT INTO trunk (name, interface, account, target, cost_tariff, enabled, anchor, srtp, auth_user,
                   auth_password, auth_realm, prack_in, prack_out, session_timer, session_expires_s,
                   min_se_s, probe_s, precondition, redirect, transfer, methods, methods_outside, headers_in, headers_out, trust, tls_ca, tls_name,
                   tls_verify, tls_cert, timeout_ms, ring_timeout_ms, max_duration_ms,
                   max_calls, max_subscriptions, failover)
SELECT o ->> 'name', o ->> 'interface', o ->> 'account', o ->> 'target', o ->> 'cost_tariff', o ->> 'enabled',
       o ->> 'anchor', o ->> 'srtp', o ->> 'auth_user', o ->> 'auth_password', o ->> 'auth_realm',
       o ->> 'prack_in', o ->> 'prack_out', o ->> 'session_timer', o ->> 'session_expires_s',
       o ->> 'min_se_s', o ->> 'probe_s', o ->> 'precondition', o ->> 'redirect', o ->> 'transfer', o -> 'methods', o -> 'methods_outside', o -> 'headers_in', o -> 'headers_out', o ->> 'trust',
       o ->> 'tls_ca', o ->> 'tls_name', o ->> 'tls_verify', o ->> 'tls_cert', (o ->> 'timeout_s') * 1000, (o ->> 'ring_timeout_s') * 1000,
       (o ->> 'max_duration_s') * 1000, o ->> 'max_calls', o ->> 'max_subscriptions', o -> 'failover'
  FROM (SELECT :object AS o) WHERE true
    ON CONFLICT (name) DO UPDATE SET interface = excluded.interface, account = excluded.account,
       target = excluded.target, cost_tariff = excluded.cost_tariff, enabled = excluded.enabled,
       anchor = excluded.anchor, srtp = excluded.srtp,
       auth_user = excluded.auth_user, auth_password = excluded.auth_password, auth_realm = excluded.auth_realm,
       prack_in = excluded.prack_in, prack_out = excluded.prack_out, redirect = excluded.redirect,
       session_timer = excluded.session_timer, session_expires_s = excluded.session_expires_s,
       min_se_s = excluded.min_se_s, probe_s = excluded.probe_s,
       precondition = excluded.precondition, transfer = excluded.transfer, methods = excluded.methods, methods_outside = excluded.methods_outside,
       headers_in = excluded.headers_in, headers_out = excluded.headers_out, trust = excluded.trust,
       tls_ca = excluded.tls_ca, tls_name = excluded.tls_name, tls_verify = excluded.tls_verify, tls_cert = excluded.tls_cert,
       timeout_ms = excluded.timeout_ms, ring_timeout_ms = excluded.ring_timeout_ms,
       max_duration_ms = excluded.max_duration_ms, max_calls = excluded.max_calls, max_subscriptions = excluded.max_subscriptions,
       failover = excluded.failover;

-- name: trunk_matches_delete
DELETE FROM trunk_match WHERE trunk = :object ->> 'name';

-- name: trunk_matches_put
INSERT INTO trunk_match (trunk, position, source)
SELECT :object ->> 'name', key, value FROM json_each(:object, '$.match');

-- name: trunk_delete
DELETE FROM trunk WHERE name = :name;

-- name: route_list
SELECT json_object('prefix', prefix, 'strategy', strategy, 'trunks', json(
           (SELECT json_group_array(trunk)
              FROM (SELECT trunk FROM route_trunk WHERE route_trunk.prefix = route.prefix ORDER BY position))))
  FROM route ORDER BY rowid;

-- name: route_put
INSERT INTO route (prefix, strategy)
SELECT o ->> 'prefix', o ->> 'strategy' FROM (SELECT :object AS o) WHERE true
    ON CONFLICT (prefix) DO UPDATE SET strategy = excluded.strategy;

-- name: route_trunks_delete
DELETE FROM route_trunk WHERE prefix = :object ->> 'prefix';

-- name: route_trunks_put
INSERT INTO route_trunk (prefix, position, trunk)
SELECT :object ->> 'prefix', key, value FROM json_each(:object, '$.trunks');

-- name: route_delete
DELETE FROM route WHERE prefix = :name;

-- name: webhook_list
SELECT json_object('name', name, 'url', url, 'events', json(events), 'secret', secret,
           'enabled', json(iif(enabled, 'true', 'false')), 'batch', batch, 'timeout_s', timeout_s,
           'max_age_s', max_age_s, 'tls_ca', tls_ca)
  FROM webhook ORDER BY rowid;

-- name: webhook_put
-- A new one is told of what happens from now on.
INSERT INTO webhook (name, url, events, secret, enabled, batch, timeout_s, max_age_s, tls_ca, delivered_seq)
SELECT o ->> 'name', o ->> 'url', o -> 'events', o ->> 'secret', o ->> 'enabled', o ->> 'batch', o ->> 'timeout_s',
       o ->> 'max_age_s', o ->> 'tls_ca', (SELECT coalesce(max(seq), 0) FROM event)
  FROM (SELECT :object AS o) WHERE true
    ON CONFLICT (name) DO UPDATE SET url = excluded.url, events = excluded.events, secret = excluded.secret,
       enabled = excluded.enabled, batch = excluded.batch, timeout_s = excluded.timeout_s,
       max_age_s = excluded.max_age_s, tls_ca = excluded.tls_ca;

-- name: webhook_delete
DELETE FROM webhook WHERE name = :name;
