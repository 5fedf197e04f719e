/**
 * @file rerate.c  `rerate`: what a period would have cost under another tariff, by account and in all
 */
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "clock.h"
#include "json.h"
#include "money.h"
#include "../charge/rerate.h"
#include "database.h"
#include "rerate_apply.h"
#include "table.h"
#include "when.h"

enum { HASH_SIZE = 1024, CELL_SIZE = 64 };

/** What an account's calls in one currency come to. */
struct sum {
	struct le he; /* in the hash table */
	struct le le; /* in order of appearance */
	char *account;
	char *currency;
	uint64_t calls;     /* priced by the tariff */
	uint64_t unrated;   /* that cannot be; not in the amounts */
	uint64_t uncharged; /* that nobody paid for; neither */
	int64_t billed_s, was_nano, price_nano;
};

struct rerating {
	struct rerate_period period;
	struct hash *sums;
	struct list suml;
	struct list totall; /* a sum for each currency */
};

static void sum_destructor(void *arg)
{
	struct sum *s = arg;

	hash_unlink(&s->he);
	list_unlink(&s->le);
	mem_deref(s->account);
	mem_deref(s->currency);
}

/* ---------------------------------------------------------------- the sums */

static int sum_alloc(struct sum **sp, const char *account, const char *currency)
{
	struct sum *s = mem_zalloc(sizeof(*s), sum_destructor);
	int err;

	if (!s)
		return ENOMEM;

	err = str_dup(&s->account, account);
	err = err ? err : str_dup(&s->currency, currency);
	if (err)
		mem_deref(s);
	else
		*sp = s;

	return err;
}

static bool sum_is(struct le *le, void *arg)
{
	const struct rerate_call *call = arg;
	const struct sum *s = le->data;

	return !strcmp(s->account, call->account) && !strcmp(s->currency, call->currency);
}

static int sum_find(struct sum **sp, struct rerating *r, const struct rerate_call *call)
{
	const uint32_t key = hash_joaat_str(call->account);
	int err;

	*sp = list_ledata(hash_lookup(r->sums, key, sum_is, (void *)call));
	if (*sp)
		return 0;

	err = sum_alloc(sp, call->account, call->currency);
	if (err)
		return err;

	hash_append(r->sums, key, &(*sp)->he, *sp);
	list_append(&r->suml, &(*sp)->le, *sp);

	return 0;
}

static int call_handler(const struct rerate_call *call, void *arg)
{
	struct sum *s;
	const int err = sum_find(&s, arg, call);

	if (err)
		return err;

	/* as --apply counts them (books/rerating.c) */
	if (!call->charged || call->fate != RERATE_PRICED) {
		++*(call->charged ? &s->unrated : &s->uncharged);
		return 0;
	}

	++s->calls;
	s->billed_s += call->billed_s;

	return __builtin_add_overflow(s->was_nano, call->was_nano, &s->was_nano) ||
			       __builtin_add_overflow(s->price_nano, call->price_nano, &s->price_nano)
		       ? ERANGE
		       : 0;
}

static int total_find(struct sum **sp, struct rerating *r, const char *currency)
{
	struct le *le;
	int err;

	for (le = list_head(&r->totall); le; le = le->next) {
		*sp = le->data;
		if (!strcmp((*sp)->currency, currency))
			return 0;
	}

	err = sum_alloc(sp, "", currency);
	if (!err)
		list_append(&r->totall, &(*sp)->le, *sp);

	return err;
}

static int totals_make(struct rerating *r)
{
	struct le *le;

	for (le = list_head(&r->suml); le; le = le->next) {

		const struct sum *s = le->data;
		struct sum *total;
		const int err = total_find(&total, r, s->currency);

		if (err)
			return err;

		total->calls += s->calls;
		total->unrated += s->unrated;
		total->uncharged += s->uncharged;
		total->billed_s += s->billed_s;
		if (__builtin_add_overflow(total->was_nano, s->was_nano, &total->was_nano) ||
		    __builtin_add_overflow(total->price_nano, s->price_nano, &total->price_nano))
			return ERANGE;
	}

	return 0;
}

static bool sum_before(struct le *a, struct le *b, void *arg)
{
	const struct sum *x = a->data, *y = b->data;
	const int order = strcmp(x->account, y->account);

	return order ? order < 0 : strcmp(x->currency, y->currency) <= 0;
}

/* ---------------------------------------------------------------- shown */

static const char *const titlev[] = {"account", "currency", "calls",      "unrated",   "uncharged",
				     "minutes", "price",    "would_cost", "difference"};

static int cell_printf(struct table *t, const char *fmt, ...)
{
	char cell[CELL_SIZE];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = re_vsnprintf(cell, sizeof(cell), fmt, ap);
	va_end(ap);

	return n < 0 ? ENOMEM : table_add(t, cell, (size_t)n);
}

static int cell_money(struct table *t, int64_t nano)
{
	char text[MONEY_STRSIZE];

	money_encode(text, nano);

	return table_add(t, text, strlen(text));
}

static int sum_row(struct table *t, const struct sum *s)
{
	const char *account = *s->account ? s->account : "(all)";
	int err;

	err = table_add(t, account, strlen(account));
	err = err ? err : table_add(t, s->currency, strlen(s->currency));
	err = err ? err : cell_printf(t, "%llu", s->calls);
	err = err ? err : cell_printf(t, "%llu", s->unrated);
	err = err ? err : cell_printf(t, "%llu", s->uncharged);
	err = err ? err : cell_printf(t, "%lld.%02lld", s->billed_s / 60, s->billed_s % 60 * 100 / 60);
	err = err ? err : cell_money(t, s->was_nano);
	err = err ? err : cell_money(t, s->price_nano);

	return err ? err : cell_money(t, s->price_nano - s->was_nano);
}

static int table_show(const struct rerating *r)
{
	struct table *t = NULL;
	const struct le *le;
	int err;

	err = table_alloc(&t, titlev, ARRAY_SIZE(titlev));
	for (le = list_head(&r->suml); le && !err; le = le->next)
		err = sum_row(t, le->data);
	for (le = list_head(&r->totall); le && !err; le = le->next)
		err = sum_row(t, le->data);
	if (!err)
		table_print(t, stdout);
	mem_deref(t);

	return err;
}

static int sum_json(struct mbuf *mb, const struct sum *s)
{
	char was[MONEY_STRSIZE], price[MONEY_STRSIZE], difference[MONEY_STRSIZE];
	int err = mbuf_write_u8(mb, '{');

	money_encode(was, s->was_nano);
	money_encode(price, s->price_nano);
	money_encode(difference, s->price_nano - s->was_nano);

	if (*s->account) {
		err |= mbuf_write_str(mb, "\"account\": ");
		err |= json_write_str(mb, s->account, strlen(s->account));
		err |= mbuf_write_str(mb, ", ");
	}
	err |= mbuf_write_str(mb, "\"currency\": ");
	err |= json_write_str(mb, s->currency, strlen(s->currency));

	return err | mbuf_printf(mb,
				 ", \"calls\": %llu, \"unrated\": %llu, \"uncharged\": %llu, "
				 "\"billed_s\": %lld, \"price\": \"%s\", \"would_cost\": \"%s\", "
				 "\"difference\": \"%s\"}",
				 s->calls, s->unrated, s->uncharged, s->billed_s, was, price, difference);
}

static int sums_json(struct mbuf *mb, const char *name, const struct list *suml)
{
	const struct le *le;
	int err = mbuf_printf(mb, "\"%s\": [", name);

	for (le = list_head(suml); le && !err; le = le->next) {
		err = le->prev ? mbuf_write_str(mb, ",\n") : 0;
		err = err ? err : sum_json(mb, le->data);
	}

	return err | mbuf_write_str(mb, "]");
}

static int json_show(const struct rerating *r)
{
	struct mbuf *mb = mbuf_alloc(4096);
	int err;

	if (!mb)
		return ENOMEM;

	err = mbuf_write_str(mb, "{");
	err |= sums_json(mb, "accounts", &r->suml);
	err |= mbuf_write_str(mb, ",\n");
	err |= sums_json(mb, "totals", &r->totall);
	err |= mbuf_write_str(mb, "}\n");
	if (!err && fwrite(mb->buf, 1, mb->end, stdout) != mb->end)
		err = EIO;
	mem_deref(mb);

	return err;
}

/* ---------------------------------------------------------------- the question */

static int period_read(struct rerate_period *p, const struct ctl *ctl)
{
	*p = (struct rerate_period){.tariff = ctl->tariff,
				    .account = ctl->account,
				    .until_us = clock_wall_us()};

	if (!ctl->tariff || !ctl->from)
		(void)ctl_error("under which tariff, and from when? give --tariff NAME and --from DAY");
	else if (when_decode(&p->from_us, ctl->from) || (ctl->to && when_decode(&p->until_us, ctl->to)))
		(void)ctl_error("--from, --to: give a day or a time in UTC, such as 2026-08-31 or "
				"2026-08-31T14:05");
	else if (p->from_us >= p->until_us)
		(void)ctl_error("--to must be later than --from");
	else
		return CTL_OK;

	return CTL_USAGE;
}

static int walk_error(const struct database *d, const struct rerating *r, int err)
{
	switch (err) {

	case ENOENT:
		return ctl_error("there is no tariff %s, or its time zone is not on this system (package "
				 "tzdata); tandemctl sql \"SELECT name, zone FROM tariff\" shows them",
				 r->period.tariff);
	case EBADMSG:
		return ctl_error("a rate of tariff %s cannot be read; import it anew", r->period.tariff);
	case ERANGE:
		return ctl_error("the sum is beyond all money; take a shorter period");
	case ECANCELED:
		return database_error(d, SQLITE_INTERRUPT);
	default:
		return ctl_error("the calls cannot be read: %m", err);
	}
}

/* Nothing at all: perhaps the account is mistyped. */
static int none_show(const struct ctl *ctl, const struct database *d)
{
	const int code = ctl->account ? database_account_check(d, ctl->account) : CTL_OK;

	if (!code)
		(void)printf("no answered call %s began in this period\n",
			     ctl->account ? "of this account" : "with an account");

	return code;
}

static int sums_show(const struct rerating *r, const struct ctl *ctl, const struct database *d)
{
	int err;

	if (ctl->json)
		err = json_show(r);
	else if (list_isempty(&r->suml))
		return none_show(ctl, d);
	else
		err = table_show(r);

	return err ? walk_error(d, r, err) : CTL_OK;
}

static int rerating_run(struct rerating *r, const struct ctl *ctl)
{
	struct database d;
	int code, err;

	code = database_open(&d, ctl);
	if (!code) {
		database_patient(&d, ctl);
		err = rerate_walk(d.db, &r->period, call_handler, r);
		list_sort(&r->suml, sum_before, NULL);
		err = err ? err : totals_make(r);
		code = err ? walk_error(&d, r, err) : sums_show(r, ctl, &d);
	}
	database_close(&d);

	return code;
}

int ctl_rerate(const struct ctl *ctl)
{
	struct rerating r = {0};
	int code;

	code = period_read(&r.period, ctl);
	if (code)
		return code;

	if (ctl->given & CTL_APPLY)
		return rerate_apply(ctl, &r.period);
	if (ctl->key || ctl->note) {
		(void)ctl_error("--key and --note belong to --apply; without it nothing is changed");
		return CTL_USAGE;
	}

	code = hash_alloc(&r.sums, HASH_SIZE) ? ctl_error("out of memory") : rerating_run(&r, ctl);
	list_flush(&r.suml);
	list_flush(&r.totall);
	mem_deref(r.sums);

	return code;
}
