/**
 * @file engine.h  The one context of tandem-b2bua: what exists once, and who starts and stops it
 */
#ifndef TANDEM_ENGINE_H
#define TANDEM_ENGINE_H

#include <re.h>
#include "config.h"
#include "store/store.h"

struct relay_farm; /* call/relay_farm.h */
struct calls;      /* call/call.h  */
struct door;       /* door/door.h */
struct control;
struct webhooks;    /* store/webhooks.h */
struct daily;       /* books/daily.h */
struct payments;    /* store/payment.h */
struct price_lists; /* store/price_lists.h */
struct book;        /* charge/book.h */
struct rater;       /* charge/rater.h */
struct archiver;    /* books/archiver.h */

struct engine {
	struct config *cfg;
	struct writer *writer;
	struct store *store;
	struct webhooks *webhooks;
	struct payments *payments;
	struct daily *daily;
	struct price_lists *price_lists;
	struct archiver *archiver;
	struct book *book;
	struct rater *rater;
	struct relay_farm *relays;
	struct door *door;
	struct calls *calls;
	struct control *control;
	int64_t started_us;
	uint64_t started_ms; /* the same, monotonic */
	bool draining;       /* told to stop: new calls get 503 */
	uint64_t drain_ms;   /* when it was told, monotonic */
	uint64_t idle_ms;    /* since when no call has been up; 0 = one is */
	struct tmr tmr_drain;
};

/** Start everything that `cfg` names; errstr says what failed and the remedy. */
int engine_alloc(struct engine **ep, struct config *cfg, char *errstr, size_t errsize);

/**
 * Refuse new calls, let the open ones end for drain_timeout_s, then end them, then re_cancel(). A second
 * call ends them at once.
 */
void engine_stop(struct engine *e);

#endif
