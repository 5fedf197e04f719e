-- What a REFER of a trunk does: refused, passed to the other side, or done here.
ALTER TABLE trunk ADD COLUMN transfer TEXT NOT NULL DEFAULT 'refuse'
    CHECK (transfer IN ('refuse', 'pass', 'serve'));

-- The call that a transfer made this one of. NULL: no transfer, and in rows of before.
ALTER TABLE cdr ADD COLUMN transfer_of TEXT;
