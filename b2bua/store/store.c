/**
 * @file store.c  Holds the model in force; applies changes one after the other, each all or nothing
 *
 * A change is checked and built on the loop, prepared by the engine, stored by the writer's thread,
 * and comes into force when that succeeded. Meanwhile the loop goes on; further changes wait.
 */
#include <re.h>
#include "log.h"
#include "build.h"
#include "check.h"
#include "json.h"
#include "persist.h"
#include "store.h"

enum { ERRSTR_SIZE = 512, PATH_SIZE = 4096 };

struct store {
	struct writer *writer; /* outlives the store */
	struct odict *doc;
	struct model *model;
	store_change_h *changeh;
	void *arg;
	struct list applyl; /* struct apply; the first is under way */
};

struct apply {
	struct le le;
	struct store *store; /* held */
	struct odict *json;
	bool prune, dry_run;
	store_apply_h *doneh;
	void *arg;

	struct draft *draft;
	struct model *model;
	struct persist_batch *batch;
	char errstr[ERRSTR_SIZE];
};

static void apply_run(struct apply *a);

static void store_destructor(void *arg)
{
	struct store *s = arg;

	mem_deref(s->model);
	mem_deref(s->doc);
}

static void apply_destructor(void *arg)
{
	struct apply *a = arg;

	list_unlink(&a->le);
	mem_deref(a->json);
	mem_deref(a->draft);
	mem_deref(a->model);
	mem_deref(a->batch);
	mem_deref(a->store);
}

/* ---------------------------------------------------------------- the end of an apply */

static int result_make(struct odict **resultp, const struct apply *a)
{
	struct odict *result = NULL, *changes = NULL;
	int err;

	err = odict_alloc(&result, 4);
	err |= odict_alloc(&changes, 16);
	if (!err)
		err = draft_describe(a->draft, changes);
	if (!err)
		err = odict_entry_add(result, "changes", ODICT_ARRAY, changes);
	if (!err)
		err = odict_entry_add(result, "notes", ODICT_ARRAY, a->draft->notes);
	if (!err)
		err = odict_entry_add(result, "applied", ODICT_BOOL, !a->dry_run);

	mem_deref(changes);

	if (err)
		mem_deref(result);
	else
		*resultp = result;

	return err;
}

/** Tell the caller, and begin the change that waits next. */
static void apply_end(struct apply *a, int err)
{
	struct store *s = mem_ref(a->store);
	struct odict *result = NULL;
	struct apply *next;

	if (!err)
		err = result_make(&result, a);
	if (err && !a->errstr[0])
		(void)re_snprintf(a->errstr, sizeof(a->errstr), "nothing was changed: %m", err);

	list_unlink(&a->le);

	if (a->doneh)
		a->doneh(err, err ? a->errstr : NULL, result, a->arg);

	mem_deref(result);
	mem_deref(a);

	next = list_ledata(list_head(&s->applyl));
	if (next)
		apply_run(next);

	mem_deref(s);
}

/* ---------------------------------------------------------------- its steps */

static int change_tell(struct apply *a, enum store_step step)
{
	const struct store *s = a->store;

	if (!s->changeh)
		return 0;

	return s->changeh(step, a->model, a->errstr, sizeof(a->errstr), s->arg);
}

static void model_swap(struct apply *a)
{
	struct store *s = a->store;

	mem_deref(s->doc);
	mem_deref(s->model);
	s->doc = mem_ref(a->draft->doc);
	s->model = mem_ref(a->model);
}

static void stored_handler(int err, void *arg)
{
	struct apply *a = arg;

	if (err) {
		(void)change_tell(a, STORE_ABORT);
		(void)re_snprintf(
			a->errstr, sizeof(a->errstr),
			err == EEXIST
				? "nothing was changed: a subscriber still needs what would be removed; "
				  "keep it or remove the subscriber first"
				: "nothing was changed: the database could not be written (%m); see the log "
				  "and the disk",
			err);
	}
	else {
		model_swap(a);
		(void)change_tell(a, STORE_COMMIT);
	}

	apply_end(a, err);
}

static int store_job(struct sqlite3 *db, void *arg)
{
	struct apply *a = arg;

	return persist_batch_run(db, a->batch);
}

static int apply_store(struct apply *a)
{
	int err;

	err = persist_batch_alloc(&a->batch, a->draft);
	if (err)
		return err;

	err = change_tell(a, STORE_PREPARE);
	if (err)
		return err;

	err = writer_submit(a->store->writer, store_job, stored_handler, a);
	if (err)
		(void)change_tell(a, STORE_ABORT);

	return err;
}

static int apply_check(struct apply *a)
{
	struct fault fault = {a->errstr, sizeof(a->errstr)};
	const struct merge merge = {a->store->doc, a->json, FORM_JSON, a->prune};
	int err;

	err = draft_merge(&a->draft, &merge, &fault);
	if (err)
		return err;

	return model_build(&a->model, a->draft, &fault);
}

static void apply_run(struct apply *a)
{
	int err;

	err = apply_check(a);

	if (err || a->dry_run || list_isempty(&a->draft->changel)) {
		apply_end(a, err);
		return;
	}

	err = apply_store(a);
	if (err)
		apply_end(a, err);
}

static int apply_alloc(struct apply **ap, struct store *s, const struct odict *json)
{
	struct apply *a;

	a = mem_zalloc(sizeof(*a), apply_destructor);
	if (!a)
		return ENOMEM;

	a->store = mem_ref(s);
	a->json = mem_ref((struct odict *)json);
	*ap = a;

	return 0;
}

int store_apply(struct store *s, const struct odict *json, bool prune, bool dry_run, store_apply_h *doneh,
		void *arg)
{
	struct apply *a = NULL;
	bool idle;
	int err;

	if (!s || !json)
		return EINVAL;

	err = apply_alloc(&a, s, json);
	if (err)
		return err;

	a->prune = prune;
	a->dry_run = dry_run;
	a->doneh = doneh;
	a->arg = arg;

	idle = list_isempty(&s->applyl);
	list_append(&s->applyl, &a->le, a);

	if (idle)
		apply_run(a);

	return 0;
}

/* ---------------------------------------------------------------- start */

static int store_load(struct store *s, const struct odict *json, char *errstr, size_t errsize)
{
	struct fault fault = {errstr, errsize};
	const struct merge merge = {NULL, json, FORM_STORED, false};
	struct draft *draft = NULL;
	int err;

	err = draft_merge(&draft, &merge, &fault);
	if (!err)
		err = model_build(&s->model, draft, &fault);
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
 * It is in force at once and stored as soon as the loop runs: the engine binds it in any case.
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
	if (!err)
		err = writer_submit(s->writer, store_job, first_handler, a);

	if (!err) {
		log_info("store: nothing is provisioned yet; interface access listens on %s", sip_listen);
		model_swap(a);
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
		err = store_load(s, json, errstr, errsize);
	if (!err && list_isempty(&s->model->interfacel))
		err = first_interface(s, sip_listen, errstr, errsize);

	mem_deref(db);
	mem_deref(json);

	if (err)
		mem_deref(s);
	else
		*sp = s;

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

int store_export(const struct store *s, struct odict **jsonp)
{
	if (!s || !jsonp)
		return EINVAL;

	return document_export(jsonp, s->doc);
}
