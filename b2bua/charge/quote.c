/**
 * @file quote.c  What a call costs, and why
 */
#include <string.h>
#include <re.h>
#include "money.h"
#include "time_text.h"
#include "quote.h"
#include "rate_explain.h"
#include "rate_text.h"

enum { HASH_SIZE = 16 };

static int refuse(char errstr[QUOTE_ERRSTR_SIZE], int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)re_vsnprintf(errstr, QUOTE_ERRSTR_SIZE, fmt, ap);
	va_end(ap);

	return err;
}

/* ---------------------------------------------------------------- the tariff */

static int account_refuse(struct db *db, int rc, char errstr[QUOTE_ERRSTR_SIZE])
{
	if (rc == SQLITE_DONE)
		return refuse(errstr, ENOENT, "there is no such account; tandemctl account list shows them");
	if (rc == SQLITE_ROW)
		return refuse(errstr, ENODATA,
			      "this account has no tariff, so its calls cost nothing; give it one with "
			      "tandemctl apply");

	return refuse(errstr, db_errno(rc), "the account cannot be read: %s", sqlite3_errmsg(db_handle(db)));
}

static int tariff_of_account(char **tariffp, struct db *db, const char *account,
			     char errstr[QUOTE_ERRSTR_SIZE])
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_ACCOUNT_TARIFF);
	const char *tariff = NULL;
	int rc = SQLITE_ERROR, err;

	if (stmt) {
		(void)db_bind_str(stmt, 1, account);
		rc = sqlite3_step(stmt);
		tariff = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
	}

	err = tariff ? str_dup(tariffp, tariff) : account_refuse(db, rc, errstr);
	(void)sqlite3_reset(stmt);

	return err;
}

/* ---------------------------------------------------------------- the answer */

static int line_handler(const char *line, void *arg)
{
	return odict_entry_add(arg, "", ODICT_STRING, line);
}

static int amount_add(struct odict *o, const char *key, int64_t nano)
{
	char text[MONEY_STRSIZE];

	money_encode(text, nano);

	return odict_entry_add(o, key, ODICT_STRING, text);
}

static int snapshot_add(struct odict *o, const struct rating *r)
{
	struct mbuf *mb = mbuf_alloc(512);
	char *text = NULL;
	int err;

	err = mb ? rate_snapshot_encode(mb, &r->rate, &r->terms, r->zone_name) : ENOMEM;
	if (!err) {
		mb->pos = 0;
		err = mbuf_strdup(mb, &text, mb->end);
	}
	err = err ? err : odict_entry_add(o, "rate", ODICT_STRING, text);
	mem_deref(text);
	mem_deref(mb);

	return err;
}

static int answer_fill(struct odict *o, const struct quote_question *q, const struct rating *r,
		       const struct rate_price *price)
{
	char at[TIME_TEXT_SIZE];
	int err;

	time_text_encode(at, q->at_us);
	err = odict_entry_add(o, "number", ODICT_STRING, q->number);
	err |= odict_entry_add(o, "tariff", ODICT_STRING, r->tariff);
	err |= odict_entry_add(o, "at", ODICT_STRING, at);
	err |= odict_entry_add(o, "prefix", ODICT_STRING, r->rate.prefix);
	err |= odict_entry_add(o, "blocked", ODICT_BOOL, r->rate.blocked);
	err |= odict_entry_add(o, "duration_s", ODICT_INT, q->duration_ms / 1000);
	err |= odict_entry_add(o, "billed_s", ODICT_INT, price->billed_s);
	err |= amount_add(o, "price", price->amount_nano);
	err |= odict_entry_add(o, "currency", ODICT_STRING, r->currency);

	return err | snapshot_add(o, r);
}

static int answer_make(struct odict **op, const struct quote_question *q, const struct rating *r)
{
	struct odict *o = NULL, *why = NULL;
	struct rate_price price = {0};
	int err;

	err = odict_alloc(&o, HASH_SIZE);
	err = err ? err : odict_alloc(&why, HASH_SIZE);
	err = err ? err : rate_explain(&price, r, q->at_us, q->duration_ms, line_handler, why);
	err = err ? err : answer_fill(o, q, r, &price);
	err = err ? err : odict_entry_add(o, "why", ODICT_ARRAY, why);
	mem_deref(why);

	if (err)
		mem_deref(o);
	else
		*op = o;

	return err;
}

static int rating_answer(struct odict **op, const struct quote_question *q, const struct rating *r,
			 char errstr[QUOTE_ERRSTR_SIZE])
{
	int err;

	if (!r->currency[0])
		return refuse(errstr, ENOENT,
			      "there is no tariff \"%s\"; tandemctl sql \"SELECT name FROM tariff\" shows "
			      "them",
			      r->tariff);
	if (!r->found)
		return refuse(errstr, ENODATA,
			      "tariff %s has no rate for %s at this time: no call goes there", r->tariff,
			      q->number);

	err = answer_make(op, q, r);
	if (err == ERANGE)
		return refuse(errstr, err, "the price is beyond all money; is the rate right?");

	return err ? refuse(errstr, err, "%m", err) : 0;
}

static int tariff_answer(struct odict **op, struct db *db, const struct quote_question *q, const char *tariff,
			 char errstr[QUOTE_ERRSTR_SIZE])
{
	struct rate_table *table = NULL;
	struct rating *rating = NULL;
	int err;

	err = rate_table_alloc(&table, db);
	err = err ? err : rate_table_find(&rating, table, tariff, q->number, q->at_us);
	if (err == ENOENT || err == EINVAL)
		err = refuse(errstr, EINVAL,
			     "the time zone of tariff \"%s\" is not on this system; install package tzdata",
			     tariff);
	else if (err)
		(void)refuse(errstr, err, "the rate cannot be read: %m", err);
	else
		err = rating_answer(op, q, rating, errstr);
	mem_deref(rating);
	mem_deref(table);

	return err;
}

int quote_make(struct odict **op, struct db *db, const struct quote_question *q,
	       char errstr[QUOTE_ERRSTR_SIZE])
{
	char *tariff = NULL;
	int err;

	errstr[0] = '\0';

	if (q->account)
		err = tariff_of_account(&tariff, db, q->account, errstr);
	else
		err = str_dup(&tariff, q->tariff);

	err = err ? err : tariff_answer(op, db, q, tariff, errstr);
	mem_deref(tariff);

	if (err && !errstr[0])
		(void)refuse(errstr, err, "%m", err);

	return err;
}
