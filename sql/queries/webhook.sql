-- The outbox of webhooks: rows of `event` behind each one's delivered_seq.

-- name: webhook_enabled
SELECT name, url, events, secret, batch, timeout_s, max_age_s, tls_ca, delivered_seq, skipped,
       (SELECT coalesce(max(seq), 0) FROM event)
  FROM webhook WHERE enabled ORDER BY rowid;

-- name: webhook_events
SELECT seq, at_us, node, kind, cdr_id, detail FROM event WHERE seq > :after ORDER BY seq LIMIT :limit;

-- name: webhook_call
-- What is told of a call that is over. While it is up, webhook_open_call has what is known of it.
SELECT cdr_id, a_call_id, b_call_id, src_trunk, dst_trunk, account, caller, callee,
       start_us, ring_us, answer_us, end_us, duration_ms, billed_s, disposition, sip_code, q850_cause, reason,
       released_by, release_tag, tariff, price_nano, currency, cost_nano, cost_currency, recovered
  FROM cdr WHERE cdr_id = :cdr_id;

-- name: webhook_open_call
SELECT record FROM open_call WHERE cdr_id = :cdr_id;

-- name: webhook_told
UPDATE webhook SET delivered_seq = :delivered, skipped = :skipped WHERE name = :name;
