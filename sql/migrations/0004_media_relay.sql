-- Which relay carried the media, and what became of it when that relay was lost. NULL: no relay, never lost, and
-- in rows of before.
ALTER TABLE cdr ADD COLUMN relay           TEXT;
ALTER TABLE cdr ADD COLUMN media_recovered INTEGER;
ALTER TABLE cdr ADD COLUMN media_lost      INTEGER;
