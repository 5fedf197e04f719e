-- The days' files of records (b2bua/books/day.c).

-- name: day_last
SELECT day, number, last_seq, hash, unixepoch(day, '+1 day') FROM cdr_day ORDER BY number DESC LIMIT 1;

-- name: day_first_record
-- The day of the very first record, and its seq.
SELECT date(coalesce(end_us, start_us) / 1000000, 'unixepoch'), seq,
       unixepoch(date(coalesce(end_us, start_us) / 1000000, 'unixepoch'))
  FROM cdr ORDER BY seq LIMIT 1;

-- name: day_newest_record
SELECT max(seq) FROM cdr;

-- name: day_record
SELECT coalesce(end_us, start_us), hash FROM cdr WHERE seq = :seq;

-- name: day_columns
SELECT count(*) FROM pragma_table_info('cdr');

-- name: day_add
INSERT INTO cdr_day (day, number, first_seq, last_seq, hash, columns, closed_us)
VALUES (date(:begin_s, 'unixepoch'), :number, :first_seq, :last_seq, :hash, :columns, :closed_us);

-- name: day_find
SELECT day, number, first_seq, last_seq, hash, columns FROM cdr_day WHERE day = :day;

-- name: day_unexported
SELECT day, number, first_seq, last_seq, hash, columns FROM cdr_day WHERE exported_us IS NULL ORDER BY number LIMIT 1;

-- name: day_exported
UPDATE cdr_day SET exported_us = :at_us WHERE day = :day AND exported_us IS NULL;

-- name: day_records
SELECT * FROM cdr WHERE seq BETWEEN :first_seq AND :last_seq ORDER BY seq;
