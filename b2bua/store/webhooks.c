/**
 * @file webhooks.c  How far each webhook has been told
 */
#include <string.h>
#include <re.h>
#include "clock.h"
#include "db.h"
#include "json.h"
#include "log.h"
#include "check.h"
#include "webhooks.h"

enum { ERROR_SIZE = 128 };

struct state {
	char name[NAME_SIZE_MAX + 1];
	char error[ERROR_SIZE]; /* why the last request failed; "" */
	bool failing;
	int64_t delivered, skipped, behind, behind_s, failures;
};

struct webhooks {
	struct writer *writer; /* outlives us */
	struct state statev[WEBHOOKS_REPORT_MAX];
	size_t statec;
	uint64_t heard_ms;
	bool unsaved; /* the last job failed */
};

/* What the writer's thread stores. */
struct save {
	struct webhooks *webhooks;
	struct state statev[WEBHOOKS_REPORT_MAX];
	size_t statec;
};

int webhooks_alloc(struct webhooks **wp, struct writer *writer)
{
	struct webhooks *w = mem_zalloc(sizeof(*w), NULL);

	if (!w)
		return ENOMEM;

	w->writer = writer;
	w->heard_ms = clock_mono_ms();
	*wp = w;

	return 0;
}

/* ---------------------------------------------------------------- a report */

static bool number_get(int64_t *number, const struct odict *o, const char *key)
{
	const struct odict_entry *e = odict_get_type(o, ODICT_INT, key);

	if (e)
		*number = e->u.integer;

	return e && *number >= 0;
}

static int state_decode(struct state *s, const struct odict *o)
{
	const char *name = odict_string(o, "name"), *state = odict_string(o, "state");
	const char *error = odict_string(o, "error");

	if (!name || check_name(name) || !state || !number_get(&s->delivered, o, "delivered") ||
	    !number_get(&s->skipped, o, "skipped") || !number_get(&s->behind, o, "behind") ||
	    !number_get(&s->behind_s, o, "behind_s") || !number_get(&s->failures, o, "failures"))
		return EBADMSG;

	str_ncpy(s->name, name, sizeof(s->name));
	str_ncpy(s->error, error ? error : "", sizeof(s->error));
	s->failing = !str_cmp(state, "failing");

	return 0;
}

static int report_decode(struct save *save, const struct odict *list)
{
	const struct le *le;
	int err = 0;

	if (list_count(&list->lst) > WEBHOOKS_REPORT_MAX)
		return EBADMSG;

	for (le = list->lst.head; le && !err; le = le->next) {

		const struct odict_entry *e = le->data;

		err = e->type == ODICT_OBJECT ? state_decode(&save->statev[save->statec++], e->u.odict)
					      : EBADMSG;
	}

	return err;
}

static const struct state *state_find(const struct webhooks *w, const char *name)
{
	for (size_t i = 0; i < w->statec; i++)
		if (!str_cmp(w->statev[i].name, name))
			return &w->statev[i];

	return NULL;
}

/* ---------------------------------------------------------------- what it changes */

static void turn_tell(struct webhooks *w, const struct state *now)
{
	const char *kind = now->failing ? "WEBHOOK_FAILING" : "WEBHOOK_RECOVERED";
	struct mbuf *mb = mbuf_alloc(256);
	char *detail = NULL;
	int err;

	err = mb ? 0 : ENOMEM;
	err = err ? err : mbuf_printf(mb, "{\"webhook\": ");
	err = err ? err : json_write_str(mb, now->name, str_len(now->name));
	err = err ? err : mbuf_printf(mb, ", \"behind\": %lld, \"error\": ", now->behind);
	err = err ? err : json_write_str(mb, now->error, str_len(now->error));
	err = err ? err : mbuf_printf(mb, "}");
	if (!err) {
		mb->pos = 0;
		err = mbuf_strdup(mb, &detail, mb->end);
	}
	err = err ? err : writer_event(w->writer, kind, NULL, detail);
	if (err)
		log_warn("webhooks: %s could not be recorded (%m)", kind, err);

	mem_deref(detail);
	mem_deref(mb);
}

static int told_run(struct sqlite3_stmt *stmt, const struct state *s)
{
	(void)sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, ":delivered"), s->delivered);
	(void)sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, ":skipped"), s->skipped);
	(void)sqlite3_bind_text(stmt, sqlite3_bind_parameter_index(stmt, ":name"), s->name, -1,
				SQLITE_STATIC);

	return db_run(stmt);
}

static int save_job(struct sqlite3 *db, void *arg)
{
	const struct save *save = arg;
	struct sqlite3_stmt *stmt = NULL;
	int err;

	err = db_errno(sqlite3_prepare_v2(db, sql_queryv[SQL_WEBHOOK_TOLD].text, -1, &stmt, NULL));
	for (size_t i = 0; i < save->statec && !err; i++)
		err = told_run(stmt, &save->statev[i]);

	(void)sqlite3_finalize(stmt);

	return err;
}

static void save_destructor(void *arg)
{
	struct save *save = arg;

	mem_deref(save->webhooks);
}

static void save_done(int err, void *arg)
{
	struct save *save = arg;

	save->webhooks->unsaved = err != 0;
	mem_deref(save);
}

static bool has_moved(const struct webhooks *w, const struct save *save)
{
	for (size_t i = 0; i < save->statec; i++) {

		const struct state *now = &save->statev[i], *before = state_find(w, now->name);

		if (!before || before->delivered != now->delivered || before->skipped != now->skipped)
			return true;
	}

	return w->unsaved;
}

static void turns_tell(struct webhooks *w, const struct save *save)
{
	for (size_t i = 0; i < save->statec; i++) {

		const struct state *now = &save->statev[i], *before = state_find(w, now->name);

		if (now->failing != (before && before->failing))
			turn_tell(w, now);
	}
}

/** `save` is consumed. */
static int save_submit(struct webhooks *w, struct save *save)
{
	int err;

	save->webhooks = mem_ref(w);
	err = writer_submit(w->writer, save_job, save_done, save);
	w->unsaved = err != 0;
	if (err)
		mem_deref(save);

	return err;
}

int webhooks_report(struct webhooks *w, const struct odict *list)
{
	struct save *save = mem_zalloc(sizeof(*save), save_destructor);
	bool moved;
	int err;

	if (!save)
		return ENOMEM;

	err = report_decode(save, list);
	if (err) {
		mem_deref(save);
		return err;
	}

	turns_tell(w, save);
	moved = has_moved(w, save);
	memcpy(w->statev, save->statev, sizeof(w->statev));
	w->statec = save->statec;
	w->heard_ms = clock_mono_ms();

	if (moved)
		return save_submit(w, save);

	mem_deref(save);

	return 0;
}

/* ---------------------------------------------------------------- what is known */

static int state_describe(struct odict *o, const struct state *s)
{
	int err;

	err = odict_entry_add(o, "name", ODICT_STRING, s->name);
	err |= odict_entry_add(o, "state", ODICT_STRING, s->failing ? "failing" : "ok");
	err |= odict_entry_add(o, "behind", ODICT_INT, s->behind);
	err |= odict_entry_add(o, "behind_s", ODICT_INT, s->behind_s);
	err |= odict_entry_add(o, "failures", ODICT_INT, s->failures);
	err |= odict_entry_add(o, "skipped", ODICT_INT, s->skipped);
	err |= odict_entry_add(o, "error", ODICT_STRING, s->error);

	return err;
}

int webhooks_describe(const struct webhooks *w, struct odict *array)
{
	int err = 0;

	for (size_t i = 0; i < w->statec && !err; i++) {

		struct odict *o = NULL;

		err = odict_alloc(&o, 8);
		err = err ? err : state_describe(o, &w->statev[i]);
		err = err ? err : odict_entry_add(array, w->statev[i].name, ODICT_OBJECT, o);
		mem_deref(o);
	}

	return err;
}

bool webhooks_failing(const struct webhooks *w)
{
	for (size_t i = 0; i < w->statec; i++)
		if (w->statev[i].failing)
			return true;

	return false;
}

bool webhooks_silent(const struct webhooks *w)
{
	return clock_mono_ms() - w->heard_ms > WEBHOOKS_SILENT_MS;
}
