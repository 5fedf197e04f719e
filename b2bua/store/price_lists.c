/**
 * @file price_lists.c  Price lists: written beside those in force, then switched
 */
#include <string.h>
#include "clock.h"
#include "json.h"
#include "log.h"
#include "price_draft.h"
#include "price_lists.h"
#include "price_sweep.h"

enum { IDLE_MS = 10 * 60 * 1000, JANITOR_MS = 5000 };

struct price_lists {
	struct writer *writer;
	struct store *store;
	struct price_sweep *sweep;
	struct list entryl;
	struct tmr tmr_janitor;
};

/** A list that is being written. */
struct entry {
	struct le le;
	struct price_draft *draft; /* in a step the writer's */
	struct step *step;         /* under way; NULL: none */
	uint64_t used_ms;
};

/** One step of it. */
struct step {
	struct price_lists *lists; /* NULL: gone */
	struct entry *entry;
	writer_job_h *jobh;
	char *text;               /* rows to add */
	struct price_mark before; /* how far it was: a step is undone as a whole */
	price_list_h *h;
	void *arg;
};

static void entry_destructor(void *arg)
{
	struct entry *e = arg;

	list_unlink(&e->le);
	mem_deref(e->draft);
}

static void step_destructor(void *arg)
{
	struct step *s = arg;

	mem_deref(s->entry);
	mem_deref(s->text);
}

/* ---------------------------------------------------------------- on the writer's thread */

static int begin_job(struct sqlite3 *db, void *arg)
{
	const struct step *s = arg;

	return price_draft_begin(s->entry->draft, db);
}

static int add_job(struct sqlite3 *db, void *arg)
{
	const struct step *s = arg;

	return price_draft_add(s->entry->draft, db, s->text);
}

static int commit_job(struct sqlite3 *db, void *arg)
{
	const struct step *s = arg;

	return price_draft_commit(s->entry->draft, db);
}

/* ---------------------------------------------------------------- steps */

static struct entry *entry_find(const struct price_lists *p, int64_t list)
{
	struct le *le;

	for (le = list_head(&p->entryl); le && list; le = le->next) {
		struct entry *e = le->data;

		if (e->draft->list == list)
			return e;
	}

	return NULL;
}

static void entry_drop(struct entry *e)
{
	list_unlink(&e->le);
	mem_deref(e);
}

/* The database has it still, unless it came into force: to be swept. */
static void entry_finish(struct price_lists *p, struct entry *e)
{
	price_sweep_list(p->sweep, e->draft->list);
	entry_drop(e);
}

static void step_end(struct step *s, int err)
{
	struct price_draft *d = s->entry->draft;
	const struct price_list_result result = {d->list, d->base, d->mark.rows};

	if (err && !d->errstr[0])
		(void)re_snprintf(d->errstr, sizeof(d->errstr),
				  "the price list could not be written: %m; see the log and the disk, and "
				  "import again",
				  err);

	s->h(err, d->errstr, &result, s->arg);
	d->errstr[0] = '\0';
	mem_deref(s);
}

static void step_done(int err, void *arg)
{
	struct step *s = arg;
	struct entry *e = s->entry;

	e->step = NULL;
	e->used_ms = clock_mono_ms();
	if (err)
		e->draft->mark = s->before;

	if (s->lists && s->jobh == commit_job) {
		if (!err)
			log_info("store: tariff %s has a new price list of %zu rates", e->draft->tariff,
				 e->draft->mark.rows);
		entry_finish(s->lists, e);
	}
	else if (s->lists && s->jobh == begin_job && err)
		entry_drop(e);

	step_end(s, err);
}

static int step_alloc(struct step **sp, struct price_lists *p, struct entry *e, writer_job_h *jobh,
		      price_list_h *h, void *arg)
{
	struct step *s = mem_zalloc(sizeof(*s), step_destructor);

	if (!s)
		return ENOMEM;

	s->lists = p;
	s->entry = mem_ref(e);
	s->before = e->draft->mark;
	s->jobh = jobh;
	s->h = h;
	s->arg = arg;
	*sp = s;

	return 0;
}

static int step_submit(struct step *s)
{
	int err;

	err = writer_submit(s->lists->writer, s->jobh, step_done, s);
	if (!err)
		s->entry->step = s;

	return err;
}

/* ---------------------------------------------------------------- what is asked */

static int entry_alloc(struct entry **ep, const char *tariff)
{
	struct entry *e = mem_zalloc(sizeof(*e), entry_destructor);
	int err;

	if (!e)
		return ENOMEM;

	err = price_draft_alloc(&e->draft, tariff);
	if (err)
		mem_deref(e);
	else
		*ep = e;

	return err;
}

int price_list_begin(struct price_lists *p, const char *tariff, price_list_h *h, void *arg)
{
	struct entry *e = NULL;
	struct step *s = NULL;
	int err;

	if (!p || !tariff || !h)
		return EINVAL;
	if (list_count(&p->entryl) >= PRICE_LISTS_MAX)
		return EBUSY;

	err = entry_alloc(&e, tariff);
	err = err ? err : step_alloc(&s, p, e, begin_job, h, arg);
	err = err ? err : step_submit(s);
	if (err) {
		mem_deref(s);
		mem_deref(e);
		return err;
	}

	list_append(&p->entryl, &e->le, e);

	return 0;
}

int price_list_add(struct price_lists *p, int64_t list, const char *rows, price_list_h *h, void *arg)
{
	struct entry *e = p ? entry_find(p, list) : NULL;
	struct step *s = NULL;
	int err;

	if (!e)
		return ENOENT;
	if (e->step)
		return EBUSY;
	if (strlen(rows) > PRICE_ROWS_SIZE)
		return EFBIG;

	err = step_alloc(&s, p, e, add_job, h, arg);
	err = err ? err : str_dup(&s->text, rows);
	err = err ? err : step_submit(s);
	if (err)
		mem_deref(s);

	return err;
}

/* The document knows no more of its rates, or could not be told. */
static void applied_handler(int err, const char *errstr, struct odict *result, void *arg)
{
	struct step *s = arg;

	s->entry->step = NULL;
	if (!err && !s->lists)
		err = ECANCELED;
	if (err)
		(void)re_snprintf(s->entry->draft->errstr, PRICE_ERRSTR_SIZE,
				  "tariff \"%s\" did not take the list (%s); is it still there?",
				  s->entry->draft->tariff, errstr ? errstr : "stopped");
	err = err ? err : step_submit(s);
	if (!err)
		return;

	if (s->lists)
		entry_finish(s->lists, s->entry);
	step_end(s, err);
}

static int rates_null(struct odict **jsonp, const char *tariff)
{
	struct mbuf *mb = mbuf_alloc(256);
	int err;

	err = mb ? mbuf_write_str(mb, "{\"tariffs\": [{\"rates\": null, \"name\": ") : ENOMEM;
	err = err ? err : json_write_str(mb, tariff, strlen(tariff));
	err = err ? err : mbuf_write_str(mb, "}]}");
	err = err ? err : json_read(jsonp, ODICT_OBJECT, (const char *)mb->buf, mb->end, NULL);
	mem_deref(mb);

	return err;
}

int price_list_commit(struct price_lists *p, int64_t list, size_t rows, price_list_h *h, void *arg)
{
	struct entry *e = p ? entry_find(p, list) : NULL;
	struct odict *json = NULL;
	struct step *s = NULL;
	int err;

	if (!e)
		return ENOENT;
	if (e->step)
		return EBUSY;
	if (e->draft->mark.rows != rows)
		return ERANGE;

	err = step_alloc(&s, p, e, commit_job, h, arg);
	err = err ? err : rates_null(&json, e->draft->tariff);
	err = err ? err : store_apply(p->store, json, false, false, applied_handler, s);
	if (err)
		mem_deref(s);
	else
		e->step = s;
	mem_deref(json);

	return err;
}

bool price_list_cancel(struct price_lists *p, int64_t list)
{
	struct entry *e = p ? entry_find(p, list) : NULL;

	if (!e || e->step)
		return false;

	entry_finish(p, e);

	return true;
}

/* ---------------------------------------------------------------- life */

static void janitor(void *arg)
{
	struct price_lists *p = arg;
	const uint64_t now = clock_mono_ms();
	struct le *le = list_head(&p->entryl);

	tmr_start(&p->tmr_janitor, JANITOR_MS, janitor, p);

	while (le) {
		struct entry *e = le->data;

		le = le->next;
		if (!e->step && now > e->used_ms + IDLE_MS)
			entry_finish(p, e);
	}

	price_sweep_run(p->sweep);
}

static void lists_destructor(void *arg)
{
	struct price_lists *p = arg;
	struct le *le;

	tmr_cancel(&p->tmr_janitor);

	while ((le = list_head(&p->entryl))) {
		struct entry *e = le->data;

		list_unlink(le);
		if (e->step)
			e->step->lists = NULL;
		mem_deref(e);
	}

	mem_deref(p->sweep);
}

int price_lists_alloc(struct price_lists **pp, struct writer *w, struct store *s)
{
	struct price_lists *p;
	int err;

	if (!pp || !w || !s)
		return EINVAL;

	p = mem_zalloc(sizeof(*p), lists_destructor);
	if (!p)
		return ENOMEM;

	p->writer = w;
	p->store = s;

	err = price_sweep_alloc(&p->sweep, w);
	if (err) {
		mem_deref(p);
		return err;
	}

	janitor(p);
	*pp = p;

	return 0;
}
