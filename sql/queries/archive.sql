-- Records of past months, in files of their own (common/archive.h, b2bua/books/archive.c).

-- name: archive_any
SELECT 1 FROM main.cdr_archive LIMIT 1;

-- name: archive_next
-- The oldest month before :before whose days are all closed and that has records: none of them are in an archive yet.
SELECT month, first_seq, last_seq, (SELECT hash FROM cdr_day WHERE cdr_day.last_seq = month.last_seq
                                       AND cdr_day.first_seq <= month.last_seq)
  FROM (SELECT substr(day, 1, 7) AS month, min(first_seq) AS first_seq, max(last_seq) AS last_seq
          FROM cdr_day
         WHERE last_seq >= first_seq AND first_seq > (SELECT coalesce(max(last_seq), 0) FROM main.cdr_archive)
         GROUP BY 1) AS month
 WHERE month < :before AND date(month || '-01', '+1 month', '-1 day') <= (SELECT max(day) FROM cdr_day)
 ORDER BY month LIMIT 1;

-- name: archive_schema
-- How table `cdr` is made; its indexes come after the records.
SELECT sql FROM main.sqlite_schema WHERE tbl_name = 'cdr' AND type = :type AND sql IS NOT NULL;

-- name: archive_records
SELECT * FROM main.cdr WHERE seq > :after AND seq <= :last_seq ORDER BY seq LIMIT 5000;

-- name: archive_bounds
-- Of a file's records.
SELECT min(cdr_id), max(cdr_id), min(start_us), max(start_us) FROM cdr;

-- name: archive_add
INSERT INTO cdr_archive (month, first_seq, last_seq, hash, first_id, last_id, first_start_us, last_start_us, archived_us)
VALUES (:month, :first_seq, :last_seq, :hash, :first_id, :last_id, :first_start_us, :last_start_us, :archived_us);

-- name: archive_clear
-- Some records that stand in an archive now.
DELETE FROM main.cdr
 WHERE seq <= (SELECT max(last_seq) FROM main.cdr_archive) AND seq < (SELECT min(seq) FROM main.cdr) + :count;

-- name: archive_old
-- Archives of months before :before.
SELECT month FROM main.cdr_archive WHERE month < :before AND removed_us IS NULL ORDER BY month LIMIT 1;

-- name: archive_remove
UPDATE main.cdr_archive SET removed_us = :at_us WHERE month = :month AND removed_us IS NULL;

-- name: archive_removed
SELECT month FROM main.cdr_archive WHERE removed_us IS NOT NULL ORDER BY month;

-- name: archive_removed_seq
SELECT coalesce(max(last_seq), 0) FROM main.cdr_archive WHERE removed_us IS NOT NULL;
