-- What each node keeps about itself.

-- name: node_add
INSERT INTO node (node) VALUES (:node) ON CONFLICT DO NOTHING;

-- name: node_get
SELECT last_record, alive_us, chain_seq, chain_hash FROM node WHERE node = :node;

-- name: node_set
UPDATE node SET last_record = :last_record, alive_us = :alive_us, chain_seq = :chain_seq, chain_hash = :chain_hash
 WHERE node = :node;

-- name: meta_get
SELECT value FROM meta WHERE key = :key;

-- name: meta_set
INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value;
