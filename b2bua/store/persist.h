/**
 * @file persist.h  Provisioned objects to and from the database
 */
#ifndef TANDEM_PERSIST_H
#define TANDEM_PERSIST_H

#include "db.h"
#include "document.h"

/** Read everything: an odict as `apply` takes it, in stored form. `db` may be read-only. */
int persist_load(struct odict **jsonp, struct db *db, char *errstr, size_t errsize);

/**
 * The changes of a draft as statements with their parameters, made on the loop's thread; it refers to
 * nothing of the draft. mem_deref when done.
 */
struct persist_batch;
int persist_batch_alloc(struct persist_batch **bp, const struct draft *draft);

/** Run them inside a transaction: a writer_job_h, on the writer's thread. */
int persist_batch_run(struct sqlite3 *db, void *batch);

#endif
