-- What the engine keeps about itself.

-- name: node_add
INSERT INTO node (node) VALUES (:node) ON CONFLICT DO NOTHING;

-- name: node_state
-- A database has one writer at a time: after a change of the node's name the newest row counts.
SELECT max(last_record), max(alive_us),
       (SELECT chain_seq FROM node ORDER BY chain_seq DESC LIMIT 1),
       (SELECT chain_hash FROM node ORDER BY chain_seq DESC LIMIT 1),
       (SELECT run_us FROM node ORDER BY last_record DESC, alive_us DESC LIMIT 1),
       (SELECT lived_ms FROM node ORDER BY last_record DESC, alive_us DESC LIMIT 1)
  FROM node;

-- name: id_last
-- The newest id of what is read in the order of its ids.
SELECT max(id) FROM (SELECT max(entry_id) AS id FROM ledger UNION ALL SELECT max(correction_id) FROM cdr_correction);

-- name: node_set
UPDATE node SET last_record = :last_record, alive_us = :alive_us, run_us = :run_us, lived_ms = :lived_ms,
                chain_seq = :chain_seq, chain_hash = :chain_hash
 WHERE node = :node;

-- name: meta_get
SELECT value FROM meta WHERE key = :key;

-- name: meta_set
INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value;
