-- Session timers (RFC 4028) with a trunk, and probes of calls without.
ALTER TABLE trunk ADD COLUMN session_timer TEXT NOT NULL DEFAULT 'accept'
    CHECK (session_timer IN ('off', 'accept', 'request'));
ALTER TABLE trunk ADD COLUMN session_expires_s INTEGER NOT NULL DEFAULT 1800;
ALTER TABLE trunk ADD COLUMN min_se_s INTEGER NOT NULL DEFAULT 90;
ALTER TABLE trunk ADD COLUMN probe_s INTEGER NOT NULL DEFAULT 0;
