/**
 * @file rerate.c  What calls would have cost under another tariff
 */
#include <errno.h>
#include <string.h>
#include "rate_table.h"
#include "rerate.h"

/* Of the statements below. */
enum column {
	SEQ,
	START_US,
	CDR_ID,
	ACCOUNT,
	CURRENCY,
	CALLEE,
	ANSWER_US,
	DURATION_MS,
	BILLED_S,
	SRC_TRUNK,
	DST_TRUNK,
	COST_CURRENCY,
	PRICE_NANO
};

enum { CHUNK = 5000 };

struct walk {
	struct db *db;
	const struct rerate_period *period;
	struct rate_table *table;
	struct rerate_place *place;
	rerate_call_h *callh;
	void *arg;
};

static const char *text(struct sqlite3_stmt *row, enum column column)
{
	return (const char *)sqlite3_column_text(row, (int)column);
}

/* A call that was cut when its money came to an end lasted a moment longer than was paid for. */
static int64_t charged_ms(struct sqlite3_stmt *row)
{
	const int64_t duration_ms = sqlite3_column_int64(row, DURATION_MS);
	const int64_t paid_ms = sqlite3_column_int64(row, BILLED_S) * 1000;

	return paid_ms ? MIN(duration_ms, paid_ms) : duration_ms;
}

static void call_price(struct rerate_call *call, struct sqlite3_stmt *row, const struct rating *r)
{
	struct rate_price price = {0};

	if (call->currency && strcmp(call->currency, r->currency))
		call->fate = RERATE_CURRENCY;
	else if (!r->found || r->rate.blocked)
		call->fate = RERATE_NO_RATE;
	else if (rate_price(&price, &r->rate, &r->terms, sqlite3_column_int64(row, ANSWER_US),
			    charged_ms(row)))
		call->fate = RERATE_BEYOND;
	else
		call->fate = RERATE_PRICED;

	call->currency = call->currency ? call->currency : r->currency;
	call->billed_s = price.billed_s;
	call->price_nano = price.amount_nano;
}

/* As the engine does: the rate of the moment it began, the price from the moment it was answered. */
static int call_tell(const struct walk *w, struct sqlite3_stmt *row)
{
	struct rerate_call call = {.cdr_id = text(row, CDR_ID),
				   .account = text(row, ACCOUNT),
				   .currency = text(row, CURRENCY),
				   .src_trunk = text(row, SRC_TRUNK),
				   .dst_trunk = text(row, DST_TRUNK),
				   .cost_currency = text(row, COST_CURRENCY),
				   .start_us = sqlite3_column_int64(row, START_US),
				   .charged = sqlite3_column_type(row, CURRENCY) != SQLITE_NULL,
				   .was_nano = sqlite3_column_int64(row, PRICE_NANO)};
	const char *callee = text(row, CALLEE);
	struct rating *rating = NULL;
	int err;

	err = rate_table_find(&rating, w->table, w->period->tariff, callee ? callee : "",
			      sqlite3_column_int64(row, START_US));
	if (err)
		return err;

	if (rating->currency[0]) {
		call_price(&call, row, rating);
		err = w->callh(&call, w->arg);
	}
	else {
		err = ENOENT;
	}
	mem_deref(rating);

	return err;
}

static struct sqlite3_stmt *chunk_stmt(const struct walk *w, size_t count)
{
	const struct rerate_period *p = w->period;
	struct sqlite3_stmt *stmt = db_stmt(w->db, p->account ? SQL_RERATE_ACCOUNT : SQL_RERATE_ALL);

	if (!stmt)
		return NULL;

	(void)sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, ":after_us"), w->place->us);
	(void)sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, ":after_seq"), w->place->seq);
	(void)sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, ":until_us"), p->until_us);
	(void)sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, ":count"), (int64_t)count);
	if (p->account)
		(void)db_bind_str(stmt, sqlite3_bind_parameter_index(stmt, ":account"), p->account);

	return stmt;
}

static int chunk_walk(struct walk *w, size_t count, size_t *told)
{
	struct sqlite3_stmt *stmt = chunk_stmt(w, count);
	int rc = SQLITE_DONE, err = 0;

	*told = 0;
	if (!stmt)
		return ENOMEM;

	while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		w->place->us = sqlite3_column_int64(stmt, START_US);
		w->place->seq = sqlite3_column_int64(stmt, SEQ);
		err = call_tell(w, stmt);
		++*told;
	}
	(void)sqlite3_reset(stmt);

	return err ? err : db_errno(rc);
}

static int tariff_check(const struct walk *w)
{
	struct rating *rating = NULL;
	int err;

	err = rate_table_find(&rating, w->table, w->period->tariff, "", w->period->from_us);
	if (!err && !rating->currency[0])
		err = ENOENT;
	mem_deref(rating);

	return err;
}

static int walk_begin(struct walk *w)
{
	int err;

	if (!w->db || !w->period || !w->period->tariff || !w->callh)
		return EINVAL;

	err = rate_table_alloc(&w->table, w->db);

	return err ? err : tariff_check(w);
}

int rerate_some(struct db *db, const struct rerate_period *period, struct rerate_place *place, size_t count,
		rerate_call_h *callh, void *arg, size_t *told)
{
	struct walk w = {.db = db, .period = period, .place = place, .callh = callh, .arg = arg};
	int err;

	if (!place || !told)
		return EINVAL;

	err = walk_begin(&w);
	err = err ? err : chunk_walk(&w, count, told);
	mem_deref(w.table);

	return err;
}

int rerate_walk(struct db *db, const struct rerate_period *period, rerate_call_h *callh, void *arg)
{
	struct rerate_place place = {0};
	struct walk w = {.db = db, .period = period, .place = &place, .callh = callh, .arg = arg};
	size_t told = CHUNK;
	int err;

	err = walk_begin(&w);
	if (!err)
		place.us = period->from_us;

	while (!err && told == CHUNK)
		err = chunk_walk(&w, CHUNK, &told);
	mem_deref(w.table);

	return err;
}
