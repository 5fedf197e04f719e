-- What an account is not known to do: calls to new countries, bursts of dear calls.
ALTER TABLE account ADD COLUMN new_country      TEXT    NOT NULL DEFAULT 'allow';
ALTER TABLE account ADD COLUMN countries        TEXT    NOT NULL DEFAULT '[]'; -- codes that are not new
ALTER TABLE account ADD COLUMN burst_calls      INTEGER NOT NULL DEFAULT 0;    -- 0 = no limit
ALTER TABLE account ADD COLUMN burst_window_s   INTEGER NOT NULL DEFAULT 60;
ALTER TABLE account ADD COLUMN burst_block_s    INTEGER NOT NULL DEFAULT 3600;
ALTER TABLE account ADD COLUMN burst_price_nano INTEGER NOT NULL DEFAULT 0;    -- of a first minute; 0: every call counts

ALTER TABLE account_state ADD COLUMN blocked_until_us INTEGER; -- FRAUD_SUSPECT said so; NULL: not, or FRAUD_CLEARED

-- Where an account has called, since its first answered call there (event NEW_COUNTRY).
CREATE TABLE account_country (
	account  TEXT    NOT NULL,
	country  TEXT    NOT NULL, -- its code: "86", "1876"
	since_us INTEGER NOT NULL,
	PRIMARY KEY (account, country)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER account_country_goes AFTER DELETE ON account
BEGIN
	DELETE FROM account_country WHERE account = old.name;
END;
