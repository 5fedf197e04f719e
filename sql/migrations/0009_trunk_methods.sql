-- Which requests inside a call cross from a trunk and to it.
ALTER TABLE trunk ADD COLUMN methods TEXT NOT NULL DEFAULT '["INFO","MESSAGE","OPTIONS"]';
