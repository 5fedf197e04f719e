-- What the writer thread runs for the records of the spool.

-- name: cdr_insert
-- After seq: every column in the order of cdr_fields[] (checked at start), then the chain.
INSERT INTO cdr (seq, cdr_id, node, a_call_id, b_call_id, src_trunk, dst_trunk, account, caller, callee,
                 caller_in, callee_in, start_us, ring_us, answer_us, end_us, pdd_ms, ring_ms, duration_ms,
                 billed_s, disposition, sip_code, q850_cause, reason, released_by, release_tag, attempts,
                 tariff, rate, price_nano, cost_nano, currency, a_codec, b_codec,
                 a_rx_packets, a_rx_bytes, a_lost, a_jitter_us, a_mos_x100,
                 b_rx_packets, b_rx_bytes, b_lost, b_jitter_us, b_mos_x100,
                 a_user_agent, a_src, b_dst, icid, recovered,
                 a_mos_min_x100, a_round_trip_us, a_loss_burst_max,
                 b_mos_min_x100, b_round_trip_us, b_loss_burst_max,
                 relay, media_recovered, media_lost,
                 cost_tariff, cost_rate, cost_currency, why, transfer_of, prev_hash, hash)
VALUES (:seq, :cdr_id, :node, :a_call_id, :b_call_id, :src_trunk, :dst_trunk, :account, :caller, :callee,
        :caller_in, :callee_in, :start_us, :ring_us, :answer_us, :end_us, :pdd_ms, :ring_ms, :duration_ms,
        :billed_s, :disposition, :sip_code, :q850_cause, :reason, :released_by, :release_tag, :attempts,
        :tariff, :rate, :price_nano, :cost_nano, :currency, :a_codec, :b_codec,
        :a_rx_packets, :a_rx_bytes, :a_lost, :a_jitter_us, :a_mos_x100,
        :b_rx_packets, :b_rx_bytes, :b_lost, :b_jitter_us, :b_mos_x100,
        :a_user_agent, :a_src, :b_dst, :icid, :recovered,
        :a_mos_min_x100, :a_round_trip_us, :a_loss_burst_max,
        :b_mos_min_x100, :b_round_trip_us, :b_loss_burst_max,
        :relay, :media_recovered, :media_lost,
        :cost_tariff, :cost_rate, :cost_currency, :why, :transfer_of, :prev_hash, :hash);

-- name: traffic_add
-- The days' sums take in the records after :seq; together, for that is a third of what one by one costs. Amounts
-- stop at the largest number, for a sum that cannot be kept must not hold up records.
INSERT INTO traffic_day
SELECT date(start_us / 1000000, 'unixepoch'), coalesce(account, ''), coalesce(src_trunk, ''), coalesce(dst_trunk, ''),
       coalesce(currency, ''), coalesce(cost_currency, ''),
       count(*), sum(disposition = 'answered'), sum(disposition <> 'failed'), count(pdd_ms), coalesce(sum(pdd_ms), 0),
       coalesce(sum(duration_ms), 0), coalesce(sum(billed_s), 0),
       coalesce(min(sum(price_nano / 1000000000) * 1000000000 + sum(price_nano % 1000000000), 9223372036854775807), 0),
       coalesce(min(sum(cost_nano / 1000000000) * 1000000000 + sum(cost_nano % 1000000000), 9223372036854775807), 0)
  FROM cdr
 WHERE seq > :seq
 GROUP BY 1, 2, 3, 4, 5, 6
    ON CONFLICT DO UPDATE SET
       attempts = attempts + excluded.attempts,
       answered = answered + excluded.answered,
       effective = effective + excluded.effective,
       rung = rung + excluded.rung,
       pdd_ms = pdd_ms + excluded.pdd_ms,
       duration_ms = duration_ms + excluded.duration_ms,
       billed_s = billed_s + excluded.billed_s,
       price_nano = min(price_nano + excluded.price_nano, 9223372036854775807),
       cost_nano = min(cost_nano + excluded.cost_nano, 9223372036854775807);

-- name: event_insert
INSERT INTO event (at_us, node, kind, cdr_id, detail) VALUES (:at_us, :node, :kind, :cdr_id, :detail);

-- name: state_country
INSERT INTO account_country (account, country, since_us)
SELECT account, country, :at_us
  FROM (SELECT iif(json_valid(:detail), :detail ->> 'account', NULL) AS account,
               iif(json_valid(:detail), :detail ->> 'country', NULL) AS country)
 WHERE account IS NOT NULL AND country IS NOT NULL
    ON CONFLICT DO NOTHING;

-- name: state_fraud
-- A suspicion without a time blocks nothing.
INSERT INTO account_state (account, blocked_until_us)
SELECT account, until_us
  FROM (SELECT iif(json_valid(:detail), :detail ->> 'account', NULL) AS account,
               iif(json_valid(:detail), :detail ->> 'until_us', NULL) AS until_us, :kind AS kind)
 WHERE account IS NOT NULL AND (kind = 'FRAUD_CLEARED' OR typeof(until_us) = 'integer')
    ON CONFLICT (account) DO UPDATE SET blocked_until_us = excluded.blocked_until_us;

-- name: state_balance
INSERT INTO account_state (account, is_low)
SELECT account, is_low
  FROM (SELECT :kind = 'BALANCE_LOW' AS is_low, iif(json_valid(:detail), :detail ->> 'account', NULL) AS account)
 WHERE account IS NOT NULL
    ON CONFLICT (account) DO UPDATE SET is_low = excluded.is_low;

-- name: open_call_put
INSERT INTO open_call (cdr_id, node, record) VALUES (:cdr_id, :node, :record)
    ON CONFLICT (cdr_id) DO UPDATE SET record = excluded.record;

-- name: open_call_delete
DELETE FROM open_call WHERE cdr_id = :cdr_id;

-- name: open_call_list
SELECT cdr_id, node, record FROM open_call ORDER BY cdr_id;

-- name: open_call_clear
DELETE FROM open_call;

-- name: cdr_chain
-- The table in the order of its hash chain, some rows at a time.
SELECT * FROM cdr WHERE seq > :after ORDER BY seq LIMIT 20000;

-- name: ledger_add
-- An entry of one's own cause is booked once, however often it is told.
INSERT INTO ledger (entry_id, idem_key, node, at_us, kind, debit, credit, amount_nano, currency, cdr_id, note)
VALUES (:entry_id, :idem_key, :node, :at_us, :kind, :debit, :credit, :amount_nano, :currency, :cdr_id, :note)
    ON CONFLICT (idem_key) DO NOTHING;

-- name: hold_get
SELECT account, currency, nano FROM hold WHERE cdr_id = :cdr_id;

-- name: hold_put
INSERT INTO hold (cdr_id, node, account, currency, nano) VALUES (:cdr_id, :node, :account, :currency, :nano)
    ON CONFLICT (cdr_id) DO UPDATE SET nano = excluded.nano;

-- name: hold_delete
DELETE FROM hold WHERE cdr_id = :cdr_id;
