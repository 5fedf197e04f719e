/**
 * @file store_part.h  The store and a change under way: shared by store.c and apply.c alone
 */
#ifndef TANDEM_STORE_PART_H
#define TANDEM_STORE_PART_H

#include "background.h"
#include "build.h"
#include "persist.h"
#include "store.h"

struct store {
	struct writer *writer; /* outlives the store */
	struct background *background;
	struct odict *doc; /* once the loop runs, touched by background jobs alone */
	struct model *model;
	store_change_h *changeh;
	void *arg;
	struct list applyl;  /* struct apply; the first is under way */
	struct apply *first; /* what an empty folder begins with, until it is kept */
	bool closing;        /* what is under way ends with ECANCELED */
};

enum { APPLY_ERRSTR_SIZE = 512 };

/** One change. Its draft belongs to background jobs, all else to the loop between them. */
struct apply {
	struct le le;
	struct store *store; /* NULL: gone while the writer was at it */
	struct odict *json;
	bool prune, dry_run;
	store_apply_h *doneh;
	void *arg;

	struct draft *draft;
	struct model *model;
	struct persist_batch *batch; /* NULL: nothing to change */
	struct odict *result;
	int err;
	bool writing; /* the writer has it */
	char errstr[APPLY_ERRSTR_SIZE];
};

int apply_alloc(struct apply **ap, struct store *s, const struct odict *json);

/** Merge, check and build: `draft` and `model`, or `errstr`. */
int apply_check(struct apply *a);

/** What the writer's thread runs: a writer_job_h. */
int apply_write(struct sqlite3 *db, void *apply);

/** The store goes: end every change with ECANCELED. */
void apply_cancel_all(struct store *s);

#endif
