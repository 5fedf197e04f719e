-- How long the engine has run, by the clock that nobody sets: calls that a crash leaves open are closed by it.
ALTER TABLE node ADD COLUMN run_us INTEGER NOT NULL DEFAULT 0;   -- when its last run began; 0: not known
ALTER TABLE node ADD COLUMN lived_ms INTEGER NOT NULL DEFAULT 0; -- from then to its last mark of life, monotonic
