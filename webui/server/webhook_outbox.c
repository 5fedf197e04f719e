/**
 * @file webhook_outbox.c  What is still to be told to a webhook
 */
#include <string.h>
#include <re.h>
#include "db.h"
#include "json.h"
#include "query.h"
#include "webhook_message.h"
#include "webhook_outbox.h"

/* Columns of webhook_enabled. */
enum { NAME, URL, EVENTS, SECRET, BATCH, TIMEOUT_S, MAX_AGE_S, TLS_CA };

/* Columns of webhook_events. */
enum { SEQ, AT_US, KIND = 3 };

static void settings_destructor(void *arg)
{
	struct webhook_settings *s = arg;

	mem_deref(s->name);
	mem_deref(s->url);
	mem_deref(s->secret);
	mem_deref(s->tls_ca);
	mem_deref(s->events);
}

static int text_take(char **textp, struct sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);

	return text ? str_dup(textp, text) : 0;
}

int webhook_settings_read(struct webhook_settings **sp, struct sqlite3_stmt *row)
{
	const char *events = (const char *)sqlite3_column_text(row, EVENTS);
	struct webhook_settings *s;
	int err;

	s = mem_zalloc(sizeof(*s), settings_destructor);
	if (!s)
		return ENOMEM;

	s->batch = (uint32_t)sqlite3_column_int64(row, BATCH);
	s->timeout_s = (uint32_t)sqlite3_column_int64(row, TIMEOUT_S);
	s->max_age_s = (uint32_t)sqlite3_column_int64(row, MAX_AGE_S);

	err = text_take(&s->name, row, NAME);
	err = err ? err : text_take(&s->url, row, URL);
	err = err ? err : text_take(&s->secret, row, SECRET);
	err = err ? err : text_take(&s->tls_ca, row, TLS_CA);
	if (!err)
		err = events ? json_read(&s->events, ODICT_ARRAY, events, strlen(events), NULL) : ENOMEM;

	if (err)
		mem_deref(s);
	else
		*sp = s;

	return err;
}

static bool text_equal(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool events_equal(const struct odict *a, const struct odict *b)
{
	const struct le *la = a->lst.head, *lb = b->lst.head;

	for (; la && lb; la = la->next, lb = lb->next) {

		const struct odict_entry *ea = la->data, *eb = lb->data;

		if (ea->type != ODICT_STRING || eb->type != ODICT_STRING || strcmp(ea->u.str, eb->u.str))
			return false;
	}

	return !la && !lb;
}

bool webhook_settings_equal(const struct webhook_settings *a, const struct webhook_settings *b)
{
	return text_equal(a->url, b->url) && text_equal(a->secret, b->secret) &&
	       text_equal(a->tls_ca, b->tls_ca) && a->batch == b->batch && a->timeout_s == b->timeout_s &&
	       a->max_age_s == b->max_age_s && events_equal(a->events, b->events);
}

static bool kind_matches(const char *pattern, const char *kind)
{
	const size_t len = strlen(pattern);

	if (len && pattern[len - 1] == '*')
		return !strncmp(pattern, kind, len - 1);

	return !strcmp(pattern, kind);
}

bool webhook_wants(const struct webhook_settings *s, const char *kind)
{
	const struct le *le;

	for (le = s->events->lst.head; le; le = le->next) {

		const struct odict_entry *e = le->data;

		if (e->type == ODICT_STRING && kind_matches(e->u.str, kind))
			return true;
	}

	return false;
}

/* ---------------------------------------------------------------- a batch */

/* One that may be of several is a list, also when it has one event. */
static int event_take(struct outbox_batch *b, struct db *db, struct sqlite3_stmt *row,
		      const struct webhook_settings *s)
{
	int err = 0;

	if (!b->body) {
		b->body = mbuf_alloc(1024);
		b->oldest_us = sqlite3_column_int64(row, AT_US);
		if (!b->body)
			return ENOMEM;
	}

	if (s->batch > 1)
		err = mbuf_printf(b->body, "%s", b->count ? ", " : "[");
	err = err ? err : webhook_message_write(b->body, db, row);

	b->through = sqlite3_column_int64(row, SEQ);
	++b->count;

	return err;
}

static bool is_full(const struct outbox_batch *b, const struct webhook_settings *s)
{
	return b->body && (b->count >= s->batch || b->body->end >= OUTBOX_BODY_MAX);
}

static int row_take(struct outbox_batch *b, struct db *db, struct sqlite3_stmt *row,
		    const struct webhook_settings *s, int64_t oldest_us)
{
	const char *kind = (const char *)sqlite3_column_text(row, KIND);
	const bool wanted = kind && webhook_wants(s, kind);
	const bool old = sqlite3_column_int64(row, AT_US) < oldest_us;

	if (wanted && (b->body || !old))
		return event_take(b, db, row, s);

	/* behind the first that is to be sent, what is not wanted is passed over with it */
	if (b->body) {
		b->through = sqlite3_column_int64(row, SEQ);
	}
	else {
		b->passed = sqlite3_column_int64(row, SEQ);
		b->skipped += wanted;
	}

	return 0;
}

static int rows_take(struct outbox_batch *b, struct db *db, const struct webhook_settings *s,
		     int64_t oldest_us)
{
	struct sqlite3_stmt *rows = db_stmt(db, SQL_WEBHOOK_EVENTS);
	int rc = SQLITE_DONE, err = 0;

	if (!rows)
		return EINVAL;

	(void)sqlite3_bind_int64(rows, 1, b->passed);
	(void)sqlite3_bind_int64(rows, 2, OUTBOX_SCAN_MAX);

	while (!err && !is_full(b, s) && (rc = sqlite3_step(rows)) == SQLITE_ROW)
		err = row_take(b, db, rows, s, oldest_us);

	err = err || rc == SQLITE_ROW ? err : db_errno(rc);
	(void)sqlite3_reset(rows);

	return err;
}

int outbox_read(struct outbox_batch *b, struct query *q, const struct webhook_settings *s, int64_t after,
		int64_t now_us)
{
	const int64_t oldest_us = now_us - (int64_t)s->max_age_s * 1000000;
	char errstr[512];
	struct db *db;
	int err;

	memset(b, 0, sizeof(*b));
	b->passed = after;

	err = query_check(q, errstr, sizeof(errstr));
	if (err)
		return err;

	/* a call moves from open_call to cdr: both are to be read as they were at one time */
	db = query_db(q);
	err = db_exec(db, "BEGIN;");
	if (err)
		return err;

	err = rows_take(b, db, s, oldest_us);
	if (!err && b->body && s->batch > 1)
		err = mbuf_printf(b->body, "]");
	(void)db_exec(db, "COMMIT;");

	if (err)
		b->body = mem_deref(b->body);

	return err;
}
