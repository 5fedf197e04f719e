-- What is known of an account's state beside its balance, so that a restart does not forget it: kept from its events.
CREATE TABLE account_state (
	account TEXT    PRIMARY KEY,
	is_low  INTEGER NOT NULL DEFAULT 0 CHECK (is_low IN (0, 1)) -- BALANCE_LOW was told, and BALANCE_RECOVERED not yet
) STRICT;

INSERT INTO account_state (account, is_low)
SELECT account, kind = 'BALANCE_LOW'
  FROM (SELECT detail ->> 'account' AS account, kind, max(seq) FROM event
         WHERE kind IN ('BALANCE_LOW', 'BALANCE_RECOVERED') AND json_valid(detail)
         GROUP BY 1)
 WHERE account IS NOT NULL;

CREATE TRIGGER account_state_goes AFTER DELETE ON account
BEGIN
	DELETE FROM account_state WHERE account = old.name;
END;
