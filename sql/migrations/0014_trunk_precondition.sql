-- Whether preconditions (RFC 3312) cross from the trunk and to it.
ALTER TABLE trunk ADD COLUMN precondition TEXT NOT NULL DEFAULT 'off' CHECK (precondition IN ('off', 'relay', 'serve'));
