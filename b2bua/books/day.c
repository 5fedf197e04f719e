/**
 * @file day.c  Which records are of which day's file
 */
#include <string.h>
#include "day.h"

static const int64_t day_s = 86400;

/** Where closing stands: the next day to close. */
struct closing {
	struct sqlite3 *db;
	struct sqlite3_stmt *record;
	int64_t now_us;
	int64_t begin_s; /* of that day */
	int64_t number;
	int64_t first_seq, newest_seq, columns;
	char hash[CHAIN_HASH_SIZE]; /* of the record before */
};

static int prepare(struct sqlite3_stmt **stmtp, struct sqlite3 *db, enum sql_query query)
{
	return db_errno(sqlite3_prepare_v2(db, sql_queryv[query].text, -1, stmtp, NULL));
}

static void number_bind(struct sqlite3_stmt *stmt, const char *parameter, int64_t number)
{
	(void)sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, parameter), number);
}

/** The first column of the only row. */
static int number_ask(int64_t *number, struct sqlite3 *db, enum sql_query query)
{
	struct sqlite3_stmt *stmt = NULL;
	int rc, err;

	err = prepare(&stmt, db, query);
	if (err)
		return err;

	rc = sqlite3_step(stmt);
	*number = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);

	return db_errno(rc);
}

/* ---------------------------------------------------------------- where to begin */

/** Behind the last closed day. `found` false: there is none. */
static int last_read(struct closing *c, bool *found)
{
	struct sqlite3_stmt *stmt = NULL;
	int rc, err;

	err = prepare(&stmt, c->db, SQL_DAY_LAST);
	if (err)
		return err;

	rc = sqlite3_step(stmt);
	*found = rc == SQLITE_ROW;
	if (*found) {
		c->number = sqlite3_column_int64(stmt, 1) + 1;
		c->first_seq = sqlite3_column_int64(stmt, 2) + 1;
		str_ncpy(c->hash, (const char *)sqlite3_column_text(stmt, 3), sizeof(c->hash));
		c->begin_s = sqlite3_column_int64(stmt, 4);
	}
	(void)sqlite3_finalize(stmt);

	return db_errno(rc);
}

/** On the day of the very first record. */
static int first_read(struct closing *c, bool *found)
{
	struct sqlite3_stmt *stmt = NULL;
	int rc, err;

	err = prepare(&stmt, c->db, SQL_DAY_FIRST_RECORD);
	if (err)
		return err;

	rc = sqlite3_step(stmt);
	*found = rc == SQLITE_ROW;
	if (*found) {
		c->number = 1;
		c->first_seq = sqlite3_column_int64(stmt, 1);
		c->begin_s = sqlite3_column_int64(stmt, 2);
	}
	(void)sqlite3_finalize(stmt);

	return db_errno(rc);
}

/* ---------------------------------------------------------------- where a day ends */

/** When a record ended, and its hash. */
static int record_read(struct closing *c, int64_t seq, int64_t *end_us, char hash[CHAIN_HASH_SIZE])
{
	int rc;

	(void)sqlite3_reset(c->record);
	(void)sqlite3_bind_int64(c->record, 1, seq);
	rc = sqlite3_step(c->record);
	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? EBADMSG : db_errno(rc);

	*end_us = sqlite3_column_int64(c->record, 0);
	if (hash)
		str_ncpy(hash, (const char *)sqlite3_column_text(c->record, 1), CHAIN_HASH_SIZE);

	return 0;
}

/** The last record of the day, by bisection: records are written as calls end, so their ends hardly ever step back. */
static int last_find(struct closing *c, int64_t *last_seq)
{
	const int64_t until_us = (c->begin_s + day_s) * 1000000;
	int64_t low = c->first_seq, high = c->newest_seq + 1, end_us = 0;
	int err = 0;

	while (low < high && !err) {

		const int64_t middle = low + (high - low) / 2;

		err = record_read(c, middle, &end_us, NULL);
		if (end_us < until_us)
			low = middle + 1;
		else
			high = middle;
	}

	*last_seq = low - 1;

	return err;
}

static int row_add(struct closing *c, int64_t last_seq)
{
	struct sqlite3_stmt *stmt = NULL;
	int err;

	err = prepare(&stmt, c->db, SQL_DAY_ADD);
	if (err)
		return err;

	number_bind(stmt, ":begin_s", c->begin_s);
	number_bind(stmt, ":number", c->number);
	number_bind(stmt, ":first_seq", c->first_seq);
	number_bind(stmt, ":last_seq", last_seq);
	number_bind(stmt, ":columns", c->columns);
	number_bind(stmt, ":closed_us", c->now_us);
	(void)db_bind_str(stmt, sqlite3_bind_parameter_index(stmt, ":hash"), c->hash);
	err = db_run(stmt);
	(void)sqlite3_finalize(stmt);

	return err;
}

static int one_close(struct closing *c)
{
	int64_t last_seq, end_us;
	int err;

	err = last_find(c, &last_seq);
	if (!err && last_seq >= c->first_seq)
		err = record_read(c, last_seq, &end_us, c->hash);
	err = err ? err : row_add(c, last_seq);

	c->first_seq = last_seq + 1;
	c->begin_s += day_s;
	++c->number;

	return err;
}

int days_close(struct sqlite3 *db, int64_t now_us, struct days_closed *closed)
{
	struct closing c = {.db = db, .now_us = now_us};
	bool found = false;
	int err;

	memset(closed, 0, sizeof(*closed));

	err = last_read(&c, &found);
	if (!err && !found)
		err = first_read(&c, &found);
	if (err || !found || (c.begin_s + day_s) * 1000000 > now_us)
		return err;

	err = number_ask(&c.newest_seq, db, SQL_DAY_NEWEST_RECORD);
	err = err ? err : number_ask(&c.columns, db, SQL_DAY_COLUMNS);
	err = err ? err : prepare(&c.record, db, SQL_DAY_RECORD);

	c.newest_seq = MAX(c.newest_seq, c.first_seq - 1);

	while (!err && (c.begin_s + day_s) * 1000000 <= now_us) {
		err = one_close(&c);
		closed->days += !err;
	}

	closed->last_seq = c.first_seq - 1;
	str_ncpy(closed->hash, c.hash, sizeof(closed->hash));
	(void)sqlite3_finalize(c.record);

	return err;
}

/* ---------------------------------------------------------------- closed days */

static int day_read(struct cdr_day *d, struct sqlite3_stmt *stmt)
{
	const int rc = sqlite3_step(stmt);

	if (rc == SQLITE_ROW) {
		str_ncpy(d->day, (const char *)sqlite3_column_text(stmt, 0), sizeof(d->day));
		d->number = sqlite3_column_int64(stmt, 1);
		d->first_seq = sqlite3_column_int64(stmt, 2);
		d->last_seq = sqlite3_column_int64(stmt, 3);
		str_ncpy(d->hash, (const char *)sqlite3_column_text(stmt, 4), sizeof(d->hash));
		d->columns = sqlite3_column_int64(stmt, 5);
	}
	(void)sqlite3_reset(stmt);

	return rc == SQLITE_DONE ? ENOENT : db_errno(rc);
}

int day_find(struct cdr_day *d, struct db *db, const char *day)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_DAY_FIND);

	if (!stmt)
		return EINVAL;

	(void)db_bind_str(stmt, 1, day);

	return day_read(d, stmt);
}

int day_unexported(struct cdr_day *d, struct db *db)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_DAY_UNEXPORTED);

	return stmt ? day_read(d, stmt) : EINVAL;
}

int day_exported(struct sqlite3 *db, const char *day, int64_t at_us)
{
	struct sqlite3_stmt *stmt = NULL;
	int err;

	err = prepare(&stmt, db, SQL_DAY_EXPORTED);
	if (err)
		return err;

	number_bind(stmt, ":at_us", at_us);
	(void)db_bind_str(stmt, sqlite3_bind_parameter_index(stmt, ":day"), day);
	err = db_run(stmt);
	(void)sqlite3_finalize(stmt);

	return err;
}
