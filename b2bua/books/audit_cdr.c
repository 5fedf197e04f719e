/**
 * @file audit_cdr.c  Every record has the price its rate gives, and that is what its account was charged
 */
#include <string.h>
#include "../charge/rate_cache.h"
#include "audit.h"

enum {
	CUT_MS = 1000, /* a call may go on so much beyond what was paid for */
};

enum column {
	SEQ,
	CDR_ID,
	ACCOUNT,
	CURRENCY,
	ANSWER_US,
	DURATION_MS,
	BILLED_S,
	RELEASE_TAG,
	RATE,
	PRICE_NANO,
	COST_RATE,
	COST_NANO,
	CHARGED_NANO,
	DEBIT,
	CREDIT,
	CHARGED_CURRENCY,
};

struct walk {
	struct audit_report *report;
	struct rate_cache *cache;
	struct sqlite3_stmt *row;
};

static const char *text(const struct walk *w, enum column column)
{
	const char *p = (const char *)sqlite3_column_text(w->row, (int)column);

	return p ? p : "";
}

static int64_t number(const struct walk *w, enum column column)
{
	return sqlite3_column_int64(w->row, (int)column);
}

static bool is_null(const struct walk *w, enum column column)
{
	return sqlite3_column_type(w->row, (int)column) == SQLITE_NULL;
}

/* ---------------------------------------------------------------- the charge */

static void charge_check(const struct walk *w)
{
	const int64_t price = is_null(w, CURRENCY) || is_null(w, ACCOUNT) ? 0 : number(w, PRICE_NANO);

	if (is_null(w, CHARGED_NANO)) {
		if (price > 0)
			audit_wrong(w->report, "call %s (seq %lld) costs %lld nano, and was never charged",
				    text(w, CDR_ID), number(w, SEQ), price);
		return;
	}

	if (price == number(w, CHARGED_NANO) && !strcmp(text(w, ACCOUNT), text(w, DEBIT)) &&
	    !strcmp(text(w, CREDIT), "@revenue") && !strcmp(text(w, CURRENCY), text(w, CHARGED_CURRENCY)))
		return;

	audit_wrong(w->report,
		    "call %s (seq %lld) costs account \"%s\" %lld nano %s, but %lld %s was charged from "
		    "\"%s\"",
		    text(w, CDR_ID), number(w, SEQ), text(w, ACCOUNT), price, text(w, CURRENCY),
		    number(w, CHARGED_NANO), text(w, CHARGED_CURRENCY), text(w, DEBIT));
}

/* ---------------------------------------------------------------- the price */

static int price_by(const struct walk *w, enum column rate, int64_t duration_ms, struct rate_price *price)
{
	const struct pl snapshot = {text(w, rate), (size_t)sqlite3_column_bytes(w->row, (int)rate)};

	*price = (struct rate_price){0};
	if (!snapshot.l || is_null(w, ANSWER_US) || is_null(w, DURATION_MS))
		return 0;

	return rate_cache_price(w->cache, &snapshot, number(w, ANSWER_US), duration_ms, price);
}

/** What lasted longer than was paid for is charged for that alone: its money had come to an end. */
static bool is_cut(const struct walk *w)
{
	const int64_t paid_ms = number(w, BILLED_S) * 1000, over_ms = number(w, DURATION_MS) - paid_ms;
	struct rate_price price;

	if (over_ms < 0 || (over_ms > CUT_MS && strcmp(text(w, RELEASE_TAG), "prepaid_exhausted")))
		return false;

	return !price_by(w, RATE, paid_ms, &price) && price.amount_nano == number(w, PRICE_NANO) &&
	       price.billed_s == number(w, BILLED_S);
}

static void side_unread(const struct walk *w, const char *side, int err)
{
	audit_wrong(w->report, "call %s (seq %lld): its %s cannot be worked out again from its snapshot: %m",
		    text(w, CDR_ID), number(w, SEQ), side, err);
}

static void price_check(const struct walk *w)
{
	struct rate_price price;
	const int err = price_by(w, RATE, number(w, DURATION_MS), &price);

	if (err)
		side_unread(w, "price", err);
	else if ((price.amount_nano != number(w, PRICE_NANO) || price.billed_s != number(w, BILLED_S)) &&
		 !is_cut(w))
		audit_wrong(w->report,
			    "call %s (seq %lld) costs %lld nano for %lld s; by its rate it is %lld nano for "
			    "%lld s",
			    text(w, CDR_ID), number(w, SEQ), number(w, PRICE_NANO), number(w, BILLED_S),
			    price.amount_nano, price.billed_s);
}

static void cost_check(const struct walk *w)
{
	struct rate_price cost;
	const int err = price_by(w, COST_RATE, number(w, DURATION_MS), &cost);

	if (err)
		side_unread(w, "cost", err);
	else if (cost.amount_nano != number(w, COST_NANO))
		audit_wrong(w->report, "call %s (seq %lld) cost us %lld nano; by its rate it is %lld",
			    text(w, CDR_ID), number(w, SEQ), number(w, COST_NANO), cost.amount_nano);
}

/* ---------------------------------------------------------------- the walk */

/** Some records behind `after`, which moves on. A statement that ran long would keep the log of the database long. */
static int some(struct walk *w, int64_t *after, bool *more)
{
	int rc;

	(void)sqlite3_reset(w->row);
	(void)sqlite3_bind_int64(w->row, 1, *after);
	*more = false;

	while ((rc = sqlite3_step(w->row)) == SQLITE_ROW) {

		*more = true;
		*after = number(w, SEQ);
		++w->report->cdrs;
		charge_check(w);
		price_check(w);
		cost_check(w);
	}

	return db_errno(rc);
}

int audit_cdrs(struct db *db, struct audit_report *report)
{
	struct walk w = {.report = report, .row = db_stmt(db, SQL_AUDIT_CDRS)};
	int64_t after = INT64_MIN;
	bool more = true;
	int err;

	err = w.row ? rate_cache_alloc(&w.cache) : EINVAL;
	while (!err && more)
		err = some(&w, &after, &more);

	(void)sqlite3_reset(w.row);
	mem_deref(w.cache);

	return err;
}
