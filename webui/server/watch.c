/**
 * @file watch.c  Whether the b2bua and the database answer
 */
#include <string.h>
#include <re.h>
#include "log.h"
#include "query.h"
#include "rpc.h"
#include "watch.h"

enum { WHY_SIZE = 512 };

struct watch {
	struct rpc *rpc;
	struct query *query;
	struct odict *status;   /* NULL: the b2bua did not answer last time */
	char rpc_why[WHY_SIZE]; /* "": it answered */
	char query_why[WHY_SIZE];
	struct tmr tmr;
};

static void destructor(void *arg)
{
	struct watch *w = arg;

	tmr_cancel(&w->tmr);
	mem_deref(w->status);
}

/* Said when it changes, not each second. */
static void why_set(char why[WHY_SIZE], const char *what, const char *now)
{
	if (!strcmp(why, now))
		return;

	if (now[0])
		log_warn("%s", now);
	else
		log_info("%s answers", what);

	str_ncpy(why, now, WHY_SIZE);
}

static void status_handler(const struct rpc_answer *answer, void *arg)
{
	struct watch *w = arg;

	mem_deref(w->status);
	w->status = mem_ref((void *)answer->result);

	if (answer->err != ECONNABORTED)
		why_set(w->rpc_why, "tandem-b2bua", answer->err ? answer->error : "");

	mem_deref(w);
}

static void tick(void *arg)
{
	struct watch *w = arg;
	char why[WHY_SIZE] = "";

	tmr_start(&w->tmr, WATCH_INTERVAL_MS, tick, w);

	(void)query_check(w->query, why, sizeof(why));
	why_set(w->query_why, "the database", why);

	/* the answer may come after the web server has let go of us */
	if (rpc_call(w->rpc, "status", NULL, WATCH_TIMEOUT_MS, status_handler, mem_ref(w)))
		mem_deref(w);
}

int watch_alloc(struct watch **wp, struct rpc *rpc, struct query *query)
{
	struct watch *w;

	w = mem_zalloc(sizeof(*w), destructor);
	if (!w)
		return ENOMEM;

	w->rpc = rpc;
	w->query = query;
	str_ncpy(w->rpc_why, "tandem-b2bua was not asked yet", sizeof(w->rpc_why));
	str_ncpy(w->query_why, "the database was not looked for yet", sizeof(w->query_why));
	tmr_init(&w->tmr);
	tmr_start(&w->tmr, 0, tick, w);
	*wp = w;

	return 0;
}

const struct odict *watch_status(const struct watch *w, const char **why)
{
	*why = w->rpc_why;

	return w->status;
}

bool watch_database(const struct watch *w, const char **why)
{
	*why = w->query_why;

	return !w->query_why[0];
}
