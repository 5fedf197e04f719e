-- Which requests outside any call cross from a trunk and to it.
ALTER TABLE trunk ADD COLUMN methods_outside TEXT NOT NULL DEFAULT '[]';
