/**
 * @file apply.c  A change of what is provisioned, step by step
 *
 *   loop        check_job      loop             writer        loop           settle_job    loop
 *   waits  -->  merge, build --> engine prepares --> stores  --> in force --> document  --> answered
 *               (background)     its sockets       (thread)     or undone    (background)
 *
 * Changes are taken one after the other; nothing holds the loop up, however large the JSON.
 */
#include <re.h>
#include "store_part.h"

static void apply_run(struct apply *a);

static void apply_destructor(void *arg)
{
	struct apply *a = arg;

	list_unlink(&a->le);
	mem_deref(a->json);
	mem_deref(a->draft);
	mem_deref(a->model);
	mem_deref(a->batch);
	mem_deref(a->result);
}

int apply_alloc(struct apply **ap, struct store *s, const struct odict *json)
{
	struct apply *a;

	a = mem_zalloc(sizeof(*a), apply_destructor);
	if (!a)
		return ENOMEM;

	a->store = s;
	a->json = mem_ref((struct odict *)json);
	*ap = a;

	return 0;
}

/* ---------------------------------------------------------------- in the background */

int apply_check(struct apply *a)
{
	struct fault fault = {a->errstr, sizeof(a->errstr)};
	const struct merge merge = {a->store->doc, a->json, FORM_JSON, a->prune};
	int err;

	err = draft_merge(&a->draft, &merge, &fault);
	if (err)
		return err;

	return model_build(&a->model, a->draft, &fault);
}

static int result_make(struct apply *a)
{
	struct odict *changes = NULL;
	int err;

	err = odict_alloc(&a->result, 4);
	err = err ? err : odict_alloc(&changes, 16);
	err = err ? err : draft_describe(a->draft, changes);
	err = err ? err : odict_entry_add(a->result, "changes", ODICT_ARRAY, changes);
	err = err ? err : odict_entry_add(a->result, "notes", ODICT_ARRAY, a->draft->notes);
	err = err ? err : odict_entry_add(a->result, "applied", ODICT_BOOL, !a->dry_run);
	mem_deref(changes);

	/* the result goes to the loop, and with it what it shares with the draft */
	a->draft->notes = mem_deref(a->draft->notes);

	return err;
}

static void check_job(void *arg)
{
	struct apply *a = arg;

	a->err = apply_check(a);
	if (!a->err)
		a->err = result_make(a);
	if (!a->err && !a->dry_run && !list_isempty(&a->draft->changel))
		a->err = persist_batch_alloc(&a->batch, a->draft);

	if (a->err || !a->batch)
		a->draft = mem_deref(a->draft);
}

/** The document follows the model; whatever came of it, the draft is done with. */
static void settle_job(void *arg)
{
	struct apply *a = arg;

	if (!a->err) {
		mem_deref(a->store->doc);
		a->store->doc = mem_ref(a->draft->doc);
	}

	a->draft = mem_deref(a->draft);
}

/* ---------------------------------------------------------------- on the loop */

static void apply_answer(struct apply *a, int err)
{
	if (err && !a->errstr[0])
		(void)re_snprintf(a->errstr, sizeof(a->errstr), "nothing was changed: %m", err);

	if (a->doneh)
		a->doneh(err, err ? a->errstr : NULL, err ? NULL : a->result, a->arg);

	a->doneh = NULL;
}

/** Tell the caller, and begin the change that waits next. */
static void apply_end(struct apply *a, int err)
{
	struct store *s = a->store;
	struct apply *next;

	list_unlink(&a->le);
	apply_answer(a, err);
	mem_deref(a);

	next = list_ledata(list_head(&s->applyl));
	if (next)
		apply_run(next);
}

static int change_tell(struct apply *a, enum store_step step)
{
	const struct store *s = a->store;

	if (!s->changeh)
		return 0;

	return s->changeh(step, a->model, a->errstr, sizeof(a->errstr), s->arg);
}

static void settled_handler(int err, void *arg)
{
	struct apply *a = arg;

	apply_end(a, a->err);
}

static void apply_settle(struct apply *a)
{
	if (!background_run(a->store->background, settle_job, settled_handler, a))
		return;

	settle_job(a);
	apply_end(a, a->err);
}

static void store_refused(struct apply *a, int err)
{
	(void)change_tell(a, STORE_ABORT);

	if (err == EEXIST)
		(void)re_snprintf(a->errstr, sizeof(a->errstr),
				  "nothing was changed: a subscriber still needs what would be removed; keep "
				  "it or "
				  "remove the subscriber first");
	else
		(void)re_snprintf(a->errstr, sizeof(a->errstr),
				  "nothing was changed: the database could not be written (%m); see the log "
				  "and the "
				  "disk",
				  err);
}

static void stored_handler(int err, void *arg)
{
	struct apply *a = arg;
	struct store *s = a->store;

	if (!s) {
		mem_deref(a);
		return;
	}

	a->writing = false;
	a->err = err;

	if (err) {
		store_refused(a, err);
	}
	else {
		mem_deref(s->model);
		s->model = mem_ref(a->model);
		(void)change_tell(a, STORE_COMMIT);
	}

	apply_settle(a);
}

int apply_write(struct sqlite3 *db, void *apply)
{
	struct apply *a = apply;

	return persist_batch_run(db, a->batch);
}

/** The engine binds what is new, then the writer has its turn. */
static int apply_store(struct apply *a)
{
	int err;

	err = change_tell(a, STORE_PREPARE);
	if (err)
		return err;

	a->writing = true;

	err = writer_submit(a->store->writer, apply_write, stored_handler, a);
	if (err) {
		a->writing = false;
		(void)change_tell(a, STORE_ABORT);
	}

	return err;
}

static void checked_handler(int err, void *arg)
{
	struct apply *a = arg;

	if (a->store->closing)
		err = ECANCELED;

	err = err ? err : a->err;

	if (err || !a->batch) {
		apply_end(a, err);
		return;
	}

	a->err = apply_store(a);
	if (a->err)
		apply_settle(a);
}

static void apply_run(struct apply *a)
{
	const int err = background_run(a->store->background, check_job, checked_handler, a);

	if (err)
		apply_end(a, err);
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

void apply_cancel_all(struct store *s)
{
	struct le *le;

	while ((le = s->applyl.head)) {

		struct apply *a = le->data;

		list_unlink(le);
		apply_answer(a, ECANCELED);

		/* what the writer has comes back to stored_handler */
		if (a->writing)
			a->store = NULL;
		else
			mem_deref(a);
	}
}
