-- Pages of records for the web server. A page continues after its last row, so that a page far back
-- costs what the first one does; the order is that of an index, so that nothing is sorted.

-- name: cdr_page
SELECT * FROM cdr
 WHERE (start_us, seq) < (:before_us, :before_seq)
 ORDER BY start_us DESC, seq DESC LIMIT :limit;

-- name: cdr_page_account
SELECT * FROM cdr
 WHERE account = :account AND (start_us, seq) < (:before_us, :before_seq)
 ORDER BY start_us DESC, seq DESC LIMIT :limit;

-- name: cdr_page_callee
SELECT * FROM cdr
 WHERE callee = :callee AND (start_us, seq) < (:before_us, :before_seq)
 ORDER BY start_us DESC, seq DESC LIMIT :limit;

-- name: cdr_page_account_callee
SELECT * FROM cdr
 WHERE +account = :account AND callee = :callee AND (start_us, seq) < (:before_us, :before_seq)
 ORDER BY start_us DESC, seq DESC LIMIT :limit;
