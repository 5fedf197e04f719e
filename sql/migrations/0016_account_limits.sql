-- What an account's calls may be and cost.
ALTER TABLE account ADD COLUMN max_spend_call_nano INTEGER NOT NULL DEFAULT 0; -- 0 = no limit, here and below
ALTER TABLE account ADD COLUMN max_per_minute_nano INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN low_balance_nano    INTEGER;                    -- NULL: nobody is told
ALTER TABLE account ADD COLUMN allow               TEXT    NOT NULL DEFAULT '[]'; -- prefixes; none: all
ALTER TABLE account ADD COLUMN deny                TEXT    NOT NULL DEFAULT '[]';
