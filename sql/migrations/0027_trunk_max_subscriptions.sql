-- How many subscriptions outside calls a trunk may have begun at one time.
ALTER TABLE trunk ADD COLUMN max_subscriptions INTEGER NOT NULL DEFAULT 10000;
