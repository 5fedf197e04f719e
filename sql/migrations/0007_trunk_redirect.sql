-- What a 3xx of a trunk does: a failure, followed, or passed to the caller.
ALTER TABLE trunk ADD COLUMN redirect TEXT NOT NULL DEFAULT 'refuse'
    CHECK (redirect IN ('refuse', 'follow', 'pass'));
