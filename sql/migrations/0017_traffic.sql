-- What each day's calls come to, kept as their records are written, so that a month of millions is summed up at once;
-- also of days whose records have gone. '' stands for NULL.
-- (Statement traffic_add of sql/queries/record.sql keeps them.)
CREATE TABLE traffic_day (
	day           TEXT    NOT NULL, -- UTC, of the call's start
	account       TEXT    NOT NULL,
	src_trunk     TEXT    NOT NULL,
	dst_trunk     TEXT    NOT NULL,
	currency      TEXT    NOT NULL,
	cost_currency TEXT    NOT NULL,
	attempts      INTEGER NOT NULL,
	answered      INTEGER NOT NULL,
	effective     INTEGER NOT NULL, -- all but `failed`
	rung          INTEGER NOT NULL, -- with a pdd_ms
	pdd_ms        INTEGER NOT NULL,
	duration_ms   INTEGER NOT NULL,
	billed_s      INTEGER NOT NULL,
	price_nano    INTEGER NOT NULL,
	cost_nano     INTEGER NOT NULL,
	PRIMARY KEY (day, account, src_trunk, dst_trunk, currency, cost_currency)
) STRICT, WITHOUT ROWID;

INSERT INTO traffic_day
SELECT date(start_us / 1000000, 'unixepoch'), coalesce(account, ''), coalesce(src_trunk, ''), coalesce(dst_trunk, ''),
       coalesce(currency, ''), coalesce(cost_currency, ''),
       count(*), sum(disposition = 'answered'), sum(disposition <> 'failed'), count(pdd_ms), coalesce(sum(pdd_ms), 0),
       coalesce(sum(duration_ms), 0), coalesce(sum(billed_s), 0),
       coalesce(min(sum(price_nano / 1000000000) * 1000000000 + sum(price_nano % 1000000000), 9223372036854775807), 0),
       coalesce(min(sum(cost_nano / 1000000000) * 1000000000 + sum(cost_nano % 1000000000), 9223372036854775807), 0)
  FROM cdr
 GROUP BY 1, 2, 3, 4, 5, 6;
