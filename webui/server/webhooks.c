/**
 * @file webhooks.c  All webhooks
 */
#include <string.h>
#include <re.h>
#include "clock.h"
#include "db.h"
#include "log.h"
#include "post.h"
#include "query.h"
#include "rpc.h"
#include "webhook.h"
#include "webhooks.h"

enum { REPORT_TIMEOUT_MS = 5000, HASH_SIZE = 16, HOOKS_MAX = 64, WHY_SIZE = 256 };

/* Columns of webhook_enabled behind those of the settings. */
enum { DELIVERED_SEQ = 8, SKIPPED, NEWEST_SEQ };

struct webhooks {
	struct rpc *rpc;
	struct query *query;
	struct posts *posts;
	struct list hookl; /* struct webhook */
	struct tmr tmr;
	uint64_t version;     /* of all webhooks, when the last report was made */
	uint64_t reported_ms; /* when; 0: none arrived */
	bool reporting;       /* its answer is awaited */
	char why[WHY_SIZE];   /* the last was refused; "": it was not */
};

/* What is provisioned now. */
struct found {
	struct row {
		struct webhook_settings *settings;
		int64_t delivered, skipped;
	} rowv[HOOKS_MAX];
	size_t rowc;
	int64_t newest; /* event there is */
};

static void destructor(void *arg)
{
	struct webhooks *w = arg;

	tmr_cancel(&w->tmr);
	list_flush(&w->hookl);
	mem_deref(w->posts);
}

/* ---------------------------------------------------------------- what is provisioned */

static void found_clear(struct found *f)
{
	while (f->rowc)
		mem_deref(f->rowv[--f->rowc].settings);
}

static int row_add(struct found *f, struct sqlite3_stmt *stmt)
{
	struct row *row = &f->rowv[f->rowc];
	int err;

	if (f->rowc == HOOKS_MAX)
		return 0;

	err = webhook_settings_read(&row->settings, stmt);
	if (err)
		return err;

	row->delivered = sqlite3_column_int64(stmt, DELIVERED_SEQ);
	row->skipped = sqlite3_column_int64(stmt, SKIPPED);
	f->newest = sqlite3_column_int64(stmt, NEWEST_SEQ);
	++f->rowc;

	return 0;
}

static int found_read(struct found *f, struct query *q)
{
	struct sqlite3_stmt *stmt;
	char errstr[512];
	int rc = SQLITE_DONE, err;

	err = query_check(q, errstr, sizeof(errstr));
	stmt = err ? NULL : db_stmt(query_db(q), SQL_WEBHOOK_ENABLED);
	if (!stmt)
		return err ? err : EINVAL;

	while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		err = row_add(f, stmt);
	(void)sqlite3_reset(stmt);

	return err ? err : db_errno(rc);
}

static bool is_found(const struct found *f, const char *name)
{
	for (size_t i = 0; i < f->rowc; i++)
		if (!strcmp(f->rowv[i].settings->name, name))
			return true;

	return false;
}

static struct webhook *hook_find(const struct webhooks *w, const char *name)
{
	const struct le *le;

	for (le = w->hookl.head; le; le = le->next)
		if (!strcmp(webhook_name(le->data), name))
			return le->data;

	return NULL;
}

static void gone_drop(struct webhooks *w, const struct found *f)
{
	struct le *le = w->hookl.head;

	while (le) {
		struct webhook *h = le->data;

		le = le->next;
		if (!is_found(f, webhook_name(h)))
			mem_deref(h);
	}
}

/* One that was there goes on from where it is. */
static void row_take(struct webhooks *w, const struct row *row, int64_t newest)
{
	struct webhook *h = hook_find(w, row->settings->name);

	if (h)
		webhook_set(h, row->settings);
	else if (webhook_alloc(&h, &w->hookl, row->settings, w->posts, w->query, row->delivered,
			       row->skipped))
		return;

	webhook_look(h, newest);
}

/* A database that cannot be read changes nothing: what is being sent goes on. */
static void hooks_look(struct webhooks *w)
{
	struct found f = {.rowc = 0};

	if (!found_read(&f, w->query)) {
		gone_drop(w, &f);
		for (size_t i = 0; i < f.rowc; i++)
			row_take(w, &f.rowv[i], f.newest);
	}

	found_clear(&f);
}

/* ---------------------------------------------------------------- reports */

static uint64_t version_sum(const struct webhooks *w)
{
	const struct le *le;
	uint64_t sum = 0;

	for (le = w->hookl.head; le; le = le->next)
		sum += webhook_version(le->data);

	return sum;
}

static int report_make(struct odict **op, const struct webhooks *w)
{
	struct odict *o = NULL, *array = NULL, *one = NULL;
	const struct le *le;
	int err;

	err = odict_alloc(&o, HASH_SIZE);
	err = err ? err : odict_alloc(&array, HASH_SIZE);

	for (le = w->hookl.head; le && !err; le = le->next) {

		err = odict_alloc(&one, HASH_SIZE);
		err = err ? err : webhook_describe(le->data, one);
		err = err ? err : odict_entry_add(array, webhook_name(le->data), ODICT_OBJECT, one);
		one = mem_deref(one);
	}

	err = err ? err : odict_entry_add(o, "webhooks", ODICT_ARRAY, array);
	mem_deref(array);
	if (err)
		mem_deref(o);
	else
		*op = o;

	return err;
}

int webhooks_describe(const struct webhooks *w, struct odict *o, const char *name)
{
	const struct webhook *h = w ? hook_find(w, name) : NULL;
	struct odict *delivery = NULL;
	int err;

	if (!h)
		return odict_entry_add(o, "delivery", ODICT_NULL);

	err = odict_alloc(&delivery, HASH_SIZE);
	err = err ? err : webhook_describe(h, delivery);
	err = err ? err : odict_entry_add(o, "delivery", ODICT_OBJECT, delivery);
	mem_deref(delivery);

	return err;
}

/* A b2bua that does not answer is said by who watches it; one that refuses is not. */
static void answer_handler(const struct rpc_answer *answer, void *arg)
{
	struct webhooks *w = arg;
	const bool refused = answer->err == EPROTO;

	w->reporting = false;
	if (answer->err)
		w->reported_ms = 0;

	if (refused && strcmp(w->why, answer->error))
		log_warn("webhooks: tandem-b2bua refuses what was delivered: %s", answer->error);
	str_ncpy(w->why, refused ? answer->error : "", sizeof(w->why));

	mem_deref(w);
}

static bool report_due(const struct webhooks *w, uint64_t version, uint64_t now_ms)
{
	return !w->reporting &&
	       (version != w->version || !w->reported_ms || now_ms - w->reported_ms >= WEBHOOKS_REPORT_MS);
}

static void report(struct webhooks *w)
{
	const uint64_t version = version_sum(w), now_ms = clock_mono_ms();
	struct odict *params = NULL;

	if (!report_due(w, version, now_ms) || report_make(&params, w))
		return;

	/* the answer may come after the web server has let go of us */
	if (rpc_call(w->rpc, "webhook_report", params, REPORT_TIMEOUT_MS, answer_handler, mem_ref(w)))
		mem_deref(w);
	else
		w->reporting = true;

	w->version = version;
	w->reported_ms = now_ms;
	mem_deref(params);
}

/* ---------------------------------------------------------------- life */

static void tick(void *arg)
{
	struct webhooks *w = arg;

	hooks_look(w);
	report(w);
	tmr_start(&w->tmr, w->hookl.head ? WEBHOOKS_TICK_MS : WEBHOOKS_IDLE_MS, tick, w);
}

int webhooks_alloc(struct webhooks **wp, struct rpc *rpc, struct query *query)
{
	struct webhooks *w;
	int err;

	if (statetable_check(&webhook_table))
		return EINVAL;

	w = mem_zalloc(sizeof(*w), destructor);
	if (!w)
		return ENOMEM;

	w->rpc = rpc;
	w->query = query;
	err = posts_alloc(&w->posts);
	if (err) {
		mem_deref(w);
		return err;
	}

	tmr_start(&w->tmr, 0, tick, w);
	*wp = w;

	return 0;
}
