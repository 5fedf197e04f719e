-- Reliable provisional responses (100rel) in calls from a trunk and to it.
ALTER TABLE trunk ADD COLUMN prack_in TEXT NOT NULL DEFAULT 'supported'
	CHECK (prack_in IN ('off', 'supported', 'required', 'ignored'));
ALTER TABLE trunk ADD COLUMN prack_out TEXT NOT NULL DEFAULT 'supported'
	CHECK (prack_out IN ('off', 'supported', 'required', 'ignored'));
