-- SRTP towards a trunk: never, with who has it, or only.
ALTER TABLE trunk ADD COLUMN srtp TEXT NOT NULL DEFAULT 'off' CHECK (srtp IN ('off', 'optional', 'required'));
