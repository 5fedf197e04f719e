/**
 * @file store.c  Holds the model in force; reads it at start, exports it
 */
#include <re.h>
#include "log.h"
#include "check.h"
#include "json.h"
#include "store_part.h"

enum { PATH_SIZE = 4096 };

static void store_destructor(void *arg)
{
	struct store *s = arg;

	/* the engine is half gone: nobody is asked or told any more */
	s->changeh = NULL;
	s->closing = true;
	s->background = mem_deref(s->background);
	apply_cancel_all(s);

	mem_deref(s->first);
	mem_deref(s->model);
	mem_deref(s->doc);
}

/* ---------------------------------------------------------------- start */

static int store_load(struct store *s, const struct odict *json, struct fault *fault)
{
	const struct merge merge = {NULL, json, FORM_STORED, false};
	struct draft *draft = NULL;
	int err;

	err = draft_merge(&draft, &merge, fault);
	if (!err)
		err = model_build(&s->model, draft, fault);
	if (!err)
		s->doc = mem_ref(draft->doc);

	mem_deref(draft);

	return err;
}

static void first_handler(int err, void *arg)
{
	struct apply *a = arg;

	if (err)
		log_error("store: interface access could not be kept (%m); see the disk", err);

	mem_deref(a);
}

/** No job runs yet, so the document may be touched here; the draft must not outlive that. */
static void first_swap(struct store *s, struct apply *a)
{
	mem_deref(s->doc);
	mem_deref(s->model);
	s->doc = mem_ref(a->draft->doc);
	s->model = mem_ref(a->model);
	a->draft = mem_deref(a->draft);
}

static int first_json(struct odict **jsonp, const char *sip_listen)
{
	char *text = NULL;
	int err;

	err = re_sdprintf(&text,
			  "{\"interfaces\": [{\"name\": \"access\", \"listen\": [\"udp:%s\", \"tcp:%s\"]}]}",
			  sip_listen, sip_listen);
	if (!err)
		err = json_read(jsonp, ODICT_OBJECT, text, str_len(text), NULL);

	mem_deref(text);

	return err;
}

static int listen_check(const char *sip_listen, char *errstr, size_t errsize)
{
	const char *complaint;
	char *text = NULL;
	int err;

	err = re_sdprintf(&text, "udp:%s", sip_listen);
	if (err)
		return err;

	complaint = check_listen(text);
	mem_deref(text);
	if (!complaint)
		return 0;

	(void)re_snprintf(errstr, errsize, "sip_listen: %H %s", quote_print, sip_listen, complaint);

	return EINVAL;
}

/**
 * An empty data folder begins with one interface, so that a first call needs trunks and a route only.
 * It is in force at once, and stored once the engine could bind it: a port that is taken can be changed.
 */
static int first_interface(struct store *s, const char *sip_listen, char *errstr, size_t errsize)
{
	struct odict *json = NULL;
	struct apply *a = NULL;
	int err;

	err = listen_check(sip_listen, errstr, errsize);
	if (!err)
		err = first_json(&json, sip_listen);
	if (!err)
		err = apply_alloc(&a, s, json);
	if (!err)
		err = apply_check(a);
	if (!err)
		err = persist_batch_alloc(&a->batch, a->draft);

	if (!err) {
		log_info("store: nothing is provisioned yet; interface access listens on %s", sip_listen);
		first_swap(s, a);
		s->first = a;
	}
	else if (a) {
		str_ncpy(errstr, a->errstr, errsize);
		mem_deref(a);
	}

	mem_deref(json);

	return err;
}

int store_alloc(struct store **sp, struct writer *w, const char *data_dir, const char *sip_listen,
		char *errstr, size_t errsize)
{
	struct fault fault = {errstr, errsize};
	char path[PATH_SIZE];
	struct odict *json = NULL;
	struct db *db = NULL;
	struct store *s;
	int err;

	if (!sp || !data_dir || !errstr)
		return EINVAL;

	s = mem_zalloc(sizeof(*s), store_destructor);
	if (!s)
		return ENOMEM;

	s->writer = w;

	(void)re_snprintf(path, sizeof(path), "%s/tandem.db", data_dir);
	err = db_open(&db, path, DB_READ, errstr, errsize);
	if (!err)
		err = persist_load(&json, db, errstr, errsize);
	if (!err)
		err = store_load(s, json, &fault);
	if (!err && list_isempty(&s->model->interfacel))
		err = first_interface(s, sip_listen, errstr, errsize);

	err = err ? err : background_alloc(&s->background);

	mem_deref(db);
	mem_deref(json);

	if (err)
		mem_deref(s);
	else
		*sp = s;

	return err;
}

int store_keep_first(struct store *s)
{
	const int err = s->first ? writer_submit(s->writer, apply_write, first_handler, s->first) : 0;

	if (!err)
		s->first = NULL;

	return err;
}

struct model *store_model(const struct store *s)
{
	return s ? s->model : NULL;
}

void store_change_handler(struct store *s, store_change_h *h, void *arg)
{
	s->changeh = h;
	s->arg = arg;
}

struct background *store_background(const struct store *s)
{
	return s ? s->background : NULL;
}

/* ---------------------------------------------------------------- export */

struct export
{
	const struct store *store;
	const struct kind *only; /* NULL: all */
	store_export_h *doneh;
	void *arg;
	struct mbuf *mb;
	int err;
};

static void export_destructor(void *arg)
{
	struct export *x = arg;

	mem_deref(x->mb);
}

static void export_job(void *arg)
{
	struct export *x = arg;

	x->err = document_write(x->mb, x->store->doc, x->only);
	x->mb->pos = 0;
}

static void export_done(int err, void *arg)
{
	struct export *x = arg;

	err = err ? err : x->err;
	x->doneh(err, err ? NULL : x->mb, x->arg);
	mem_deref(x);
}

int store_export(struct store *s, const struct kind *only, store_export_h *doneh, void *arg)
{
	struct export *x;
	int err;

	if (!s || !doneh)
		return EINVAL;

	x = mem_zalloc(sizeof(*x), export_destructor);
	if (!x)
		return ENOMEM;

	x->store = s;
	x->only = only;
	x->doneh = doneh;
	x->arg = arg;
	x->mb = mbuf_alloc(4096);

	err = x->mb ? background_run(s->background, export_job, export_done, x) : ENOMEM;
	if (err)
		mem_deref(x);

	return err;
}
