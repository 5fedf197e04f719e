-- What is done to the headers of a trunk's messages, and whether identities may cross from it and to it.
ALTER TABLE trunk ADD COLUMN headers_in TEXT NOT NULL DEFAULT '[]';
ALTER TABLE trunk ADD COLUMN headers_out TEXT NOT NULL DEFAULT '[]';
ALTER TABLE trunk ADD COLUMN trust INTEGER NOT NULL DEFAULT 1 CHECK (trust IN (0, 1));
