-- What tandemctl asks.

-- name: cdr_last
-- The newest :count records, oldest of them first.
SELECT * FROM (SELECT * FROM cdr ORDER BY seq DESC LIMIT :count) ORDER BY seq;
