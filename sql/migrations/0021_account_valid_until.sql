-- Until when an account may call.
ALTER TABLE account ADD COLUMN valid_until_us INTEGER; -- NULL: for ever
