/**
 * @file engine.c  Starts and stops the rooms of the house in their order
 */
#include <re.h>
#include "json.h"
#include "log.h"
#include "money.h"
#include "wheel.h"
#include "call/call.h"
#include "charge/book.h"
#include "charge/rater.h"
#include "call/relay_farm.h"
#include "control.h"
#include "door/door.h"
#include "store/webhooks.h"
#include "engine.h"
#include "books/archiver.h"
#include "books/daily.h"
#include "store/payment.h"
#include "store/price_lists.h"

enum {
	DRAIN_TICK_MS = 100,
	UNSUBSCRIBE_MAX = 100, /* at each tick: 1,000 a second, 20 ms of 100 */
	GOODBYE_MS = 2000,     /* for the BYEs and their answers, after the last call ended */
};

static void destructor(void *arg)
{
	struct engine *e = arg;

	tmr_cancel(&e->tmr_drain);
	if (e->payments)
		payments_money_handler(e->payments, NULL, NULL); /* what is still booked is told to nobody */
	mem_deref(e->control);
	mem_deref(e->calls);
	mem_deref(e->door);
	mem_deref(e->relays);
	mem_deref(e->archiver);
	mem_deref(e->daily);
	mem_deref(e->payments);
	mem_deref(e->price_lists);
	mem_deref(e->rater);
	mem_deref(e->book);
	mem_deref(e->store);
	mem_deref(e->webhooks);
	mem_deref(e->writer); /* last: it writes what the others handed over */
	mem_deref(e->cfg);
}

/* Low balances are for operators, and their webhooks. */
static void book_handler(enum book_news news, const char *account, int64_t balance_nano, void *arg)
{
	struct engine *e = arg;
	struct mbuf *mb = mbuf_alloc(128);
	char amount[MONEY_STRSIZE];
	int err;

	if (!mb)
		return;

	money_encode(amount, balance_nano);
	err = mbuf_write_str(mb, "{\"account\":");
	err |= json_write_str(mb, account, str_len(account));
	err |= mbuf_printf(mb, ",\"balance\":\"%s\"}", amount);
	err |= mbuf_write_u8(mb, '\0');
	if (!err)
		(void)writer_event(e->writer, news == BOOK_LOW ? "BALANCE_LOW" : "BALANCE_RECOVERED", NULL,
				   (const char *)mb->buf);
	mem_deref(mb);
}

static void money_handler(const char *account, int64_t nano, void *arg)
{
	struct engine *e = arg;

	book_add(e->book, account, nano, clock_mono_ms());
}

static int money_open(struct engine *e, char *errstr, size_t errsize)
{
	int err;

	err = book_alloc(&e->book);
	err = err ? err : book_follow(e->book, store_model(e->store), clock_mono_ms());
	err = err ? err : book_load(e->book, e->cfg->data_dir, clock_wall_us(), errstr, errsize);
	if (!err)
		book_news_handler(e->book, book_handler, e);
	err = err ? err : payments_alloc(&e->payments, e->writer);
	if (!err)
		payments_money_handler(e->payments, money_handler, e);

	return err ? err : rater_alloc(&e->rater, e->cfg->data_dir, e->writer, errstr, errsize);
}

static int daily_open(struct engine *e)
{
	const struct daily_config cfg = {
		.data_dir = e->cfg->data_dir,
		.export_dir = e->cfg->cdr_export_dir,
		.format = e->cfg->cdr_export_jsonl ? EXPORT_JSONL : EXPORT_CSV,
	};

	return daily_alloc(&e->daily, e->writer, &cfg);
}

static int archiver_open(struct engine *e)
{
	const struct archiver_config cfg = {
		.data_dir = e->cfg->data_dir,
		.keep_months = e->cfg->cdr_keep_months,
		.archive_months = e->cfg->cdr_archive_keep_months,
	};

	return archiver_alloc(&e->archiver, e->writer, &cfg);
}

/* What operators change: sockets first, for they may say no. */
static int change_handler(enum store_step step, struct model *m, char *errstr, size_t errsize, void *arg)
{
	struct engine *e = arg;
	const int err = door_change(step, m, errstr, errsize, e->door);

	if (!err && step == STORE_COMMIT && book_follow(e->book, m, clock_mono_ms()))
		log_error("engine: out of memory: new accounts cannot call until the next change");

	return err;
}

int engine_alloc(struct engine **ep, struct config *cfg, char *errstr, size_t errsize)
{
	struct engine *e;
	int err;

	e = mem_zalloc(sizeof(*e), destructor);
	if (!e)
		return ENOMEM;

	e->cfg = mem_ref(cfg);
	e->started_us = clock_wall_us();
	e->started_ms = clock_mono_ms();

	err = writer_alloc(&e->writer, cfg->data_dir, cfg->node, errstr, errsize);
	err = err ? err : store_alloc(&e->store, e->writer, cfg->data_dir, cfg->sip_listen, errstr, errsize);
	err = err ? err : money_open(e, errstr, errsize);
	err = err ? err : webhooks_alloc(&e->webhooks, e->writer);
	err = err ? err : daily_open(e);
	err = err ? err : price_lists_alloc(&e->price_lists, e->writer, e->store);
	err = err ? err : archiver_open(e);
	err = err ? err : relay_farm_alloc(&e->relays, cfg, errstr, errsize);
	err = err ? err : calls_alloc(&e->calls, e);
	err = err ? err : door_alloc(&e->door, e, store_model(e->store), errstr, errsize);
	err = err ? err : store_keep_first(e->store);
	if (err)
		goto out;

	store_change_handler(e->store, change_handler, e);

	err = control_alloc(&e->control, e, cfg->control_socket);
	if (err)
		(void)re_snprintf(errstr, errsize,
				  "control socket %s: %m; is another tandem-b2bua running on it?",
				  cfg->control_socket, err);

out:
	if (err)
		mem_deref(e);
	else
		*ep = e;

	return err;
}

static bool release_handler(struct call *call, void *arg)
{
	(void)arg;
	(void)call_release(call, "shutdown");

	return false;
}

static void drain(void *arg)
{
	struct engine *e = arg;
	uint64_t gone = clock_mono_ms() - e->drain_ms;
	uint64_t limit = (uint64_t)e->cfg->drain_timeout_s * 1000;
	const bool unsubscribes = calls_unsubscribe(e->calls, UNSUBSCRIBE_MAX) && gone < limit;
	struct call_stats stats;

	calls_stats(e->calls, &stats);
	tmr_start(&e->tmr_drain, DRAIN_TICK_MS, drain, e);

	if (stats.active && gone >= limit)
		(void)calls_apply(e->calls, release_handler, NULL);

	calls_stats(e->calls, &stats);
	if (stats.active || unsubscribes) {
		e->idle_ms = 0;
		return;
	}

	/* the last call has its CDR; give the peers a moment to answer our BYE */
	if (!e->idle_ms)
		e->idle_ms = clock_mono_ms();
	if (!door_legs(e->door) || clock_mono_ms() - e->idle_ms >= GOODBYE_MS)
		re_cancel();
}

void engine_stop(struct engine *e)
{
	struct call_stats stats;

	calls_stats(e->calls, &stats);

	if (e->draining) {
		log_info("stopping now; %u call%s ended", stats.active, stats.active == 1 ? " is" : "s are");
		(void)calls_apply(e->calls, release_handler, NULL);
		e->drain_ms = 0;
		return;
	}

	log_info("stopping: new calls are refused, %u call%s %u s to end", stats.active,
		 stats.active == 1 ? " has" : "s have", e->cfg->drain_timeout_s);
	e->draining = true;
	e->drain_ms = clock_mono_ms();
	drain(e);
}
