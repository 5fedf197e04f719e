/**
 * @file rate.c  `rate`: what a call to a number costs, and why, by the engine's own code
 */
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "clock.h"
#include "escape.h"
#include "money.h"
#include "time_text.h"
#include "../charge/rate_explain.h"
#include "../charge/rate_text.h"
#include "../route/number.h"
#include "database.h"
#include "show.h"

enum { HASH_SIZE = 16, DURATION_S = 60 };

/** What is asked. */
struct question {
	char number[NUMBER_SIZE];
	char *tariff;
	int64_t at_us;
	int64_t duration_ms;
};

/* ---------------------------------------------------------------- the question */

static int usage(const char *text)
{
	(void)ctl_error("%s", text);

	return CTL_USAGE;
}

static int tariff_of_account(char **tariffp, const struct database *d, const char *account)
{
	struct sqlite3_stmt *stmt = db_stmt(d->db, SQL_ACCOUNT_TARIFF);
	const char *tariff;
	int rc, code = CTL_OK;

	if (!stmt)
		return database_error(d, SQLITE_ERROR);

	(void)db_bind_str(stmt, 1, account);
	rc = sqlite3_step(stmt);
	tariff = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;

	if (rc == SQLITE_DONE)
		code = ctl_error("there is no such account; tandemctl account list shows them");
	else if (rc != SQLITE_ROW)
		code = database_error(d, rc);
	else if (!tariff)
		code = ctl_error("this account has no tariff, so its calls cost nothing; give it one with "
				 "tandemctl apply");
	else if (str_dup(tariffp, tariff))
		code = ctl_error("out of memory");
	(void)sqlite3_reset(stmt);

	return code;
}

static int question_read(struct question *q, const struct ctl *ctl)
{
	struct pl pl;

	if (!ctl->account == !ctl->tariff)
		return usage("whose price? give --account NAME or --tariff NAME");

	pl_set_str(&pl, ctl->argv[0]);
	number_normalise(q->number, &pl);

	q->at_us = clock_wall_us();
	if (ctl->at) {
		pl_set_str(&pl, ctl->at);
		if (time_text_decode(&q->at_us, &pl))
			return usage("--at: give a time such as 2026-07-01T08:30 (UTC) or "
				     "2026-07-01T08:30+08:00");
	}

	q->duration_ms = (int64_t)(ctl->given & CTL_DURATION ? ctl->duration_s : DURATION_S) * 1000;
	if (q->duration_ms > (int64_t)RATE_HORIZON_S * 1000)
		return usage("--duration: no call is longer than 30 days (2592000)");

	return CTL_OK;
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

static int answer_make(struct odict **op, const struct question *q, const struct rating *r)
{
	struct odict *o = NULL, *why = NULL;
	struct rate_price price = {0};
	char at[TIME_TEXT_SIZE];
	int err;

	time_text_encode(at, q->at_us);
	err = odict_alloc(&o, HASH_SIZE);
	err = err ? err : odict_alloc(&why, HASH_SIZE);
	err = err ? err : rate_explain(&price, r, q->at_us, q->duration_ms, line_handler, why);
	if (err)
		goto out;

	err = odict_entry_add(o, "number", ODICT_STRING, q->number);
	err |= odict_entry_add(o, "tariff", ODICT_STRING, r->tariff);
	err |= odict_entry_add(o, "at", ODICT_STRING, at);
	err |= odict_entry_add(o, "prefix", ODICT_STRING, r->rate.prefix);
	err |= odict_entry_add(o, "blocked", ODICT_BOOL, r->rate.blocked);
	err |= odict_entry_add(o, "duration_s", ODICT_INT, q->duration_ms / 1000);
	err |= odict_entry_add(o, "billed_s", ODICT_INT, price.billed_s);
	err |= amount_add(o, "price", price.amount_nano);
	err |= odict_entry_add(o, "currency", ODICT_STRING, r->currency);
	err |= snapshot_add(o, r);
	err |= odict_entry_add(o, "why", ODICT_ARRAY, why);

out:
	mem_deref(why);
	if (err)
		mem_deref(o);
	else
		*op = o;

	return err;
}

static void answer_show(const struct odict *o)
{
	const struct odict_entry *why = odict_lookup(o, "why");
	const struct le *le;
	bool blocked = false;
	struct pl pl;

	(void)odict_get_boolean(o, &blocked, "blocked");
	if (blocked)
		(void)printf("blocked\n");
	else
		(void)printf("%s %s\n", odict_string(o, "price"), odict_string(o, "currency"));

	for (le = list_head(&why->u.odict->lst); le; le = le->next) {
		pl_set_str(&pl, ((const struct odict_entry *)le->data)->u.str);
		(void)re_printf("  %H\n", escape_print, &pl);
	}
}

static int rating_show(const struct ctl *ctl, const struct question *q, const struct rating *r)
{
	struct odict *o = NULL;
	int code = CTL_OK, err;

	if (!r->currency[0])
		return ctl_error("there is no tariff \"%s\"; tandemctl sql \"SELECT name FROM tariff\" shows "
				 "them",
				 r->tariff);
	if (!r->found)
		return ctl_error("tariff %s has no rate for %s at this time: no call goes there", r->tariff,
				 q->number);

	err = answer_make(&o, q, r);
	if (err == ERANGE)
		return ctl_error("the price is beyond all money; is the rate right?");
	if (err)
		return ctl_error("%m", err);

	if (ctl->json)
		code = show_json(o, ODICT_OBJECT, 0);
	else
		answer_show(o);
	mem_deref(o);

	return code;
}

static int rating_find(struct rating **rp, const struct database *d, const struct question *q)
{
	struct rate_table *table = NULL;
	int err;

	err = rate_table_alloc(&table, d->db);
	err = err ? err : rate_table_find(rp, table, q->tariff, q->number, q->at_us);
	if (!err)
		rating_hold(*rp);
	mem_deref(table);

	if (err == ENOENT || err == EINVAL)
		return ctl_error("the time zone of tariff \"%s\" is not on this system; install package "
				 "tzdata",
				 q->tariff);

	return err ? ctl_error("the rate cannot be read: %m", err) : CTL_OK;
}

int ctl_rate(const struct ctl *ctl)
{
	struct rating *rating = NULL;
	struct question q = {0};
	struct database d;
	int code;

	code = question_read(&q, ctl);
	if (code)
		return code;

	code = database_open(&d, ctl);
	if (!code && ctl->account)
		code = tariff_of_account(&q.tariff, &d, ctl->account);
	else if (!code)
		code = str_dup(&q.tariff, ctl->tariff) ? ctl_error("out of memory") : CTL_OK;
	code = code ? code : rating_find(&rating, &d, &q);
	if (!code && rating)
		code = rating_show(ctl, &q, rating);

	mem_deref(rating);
	mem_deref(q.tariff);
	database_close(&d);

	return code;
}
