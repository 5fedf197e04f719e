/**
 * @file cdr_verify.c  `cdr verify`: the hash chain of all records, and what they come to
 */
#include <stdio.h>
#include <re.h>
#include "database.h"
#include "../books/cdr_digest.h"
#include "human.h"
#include "input.h"

struct verification {
	struct cdr_digest now;  /* of the rows so far */
	struct cdr_digest was;  /* an earlier one; no rows: there is none */
	struct cdr_digest then; /* what `was` should be */
	int64_t removed_seq;    /* up to there archives were deleted for their age */
};

static int row_handler(struct sqlite3_stmt *row, int64_t seq, const char *hash, void *arg)
{
	struct verification *v = arg;
	int err = cdr_digest_add(&v->now, row, seq, hash);

	if (!err && v->was.rows && seq >= v->was.first_seq && seq <= v->was.last_seq)
		err = cdr_digest_add(&v->then, row, seq, hash);

	return err;
}

static int against_read(struct cdr_digest *d, const char *file)
{
	struct mbuf *mb = mbuf_alloc(1024);
	int code;

	if (!mb)
		return ctl_error("out of memory");

	code = input_read(mb, file);
	if (!code && cdr_digest_read(d, (const char *)mb->buf, mb->end))
		code = ctl_error("%s is no digest; give what tandemctl cdr verify --digest printed, "
				 "or the control file of an export",
				 file);
	mem_deref(mb);

	return code;
}

static int walked(const struct ctl *ctl, const struct verification *v, const struct chain_report *r)
{
	const char *difference =
		v->was.rows ? cdr_digest_difference(&v->was, &v->then, v->removed_seq) : NULL;

	if (ctl->given & CTL_DIGEST)
		(void)re_printf("%H\n", cdr_digest_print, &v->now);
	else if (ctl->json)
		(void)re_printf("{\"rows\": %llu, \"first_seq\": %lld, \"last_seq\": %lld, \"broken\": "
				"%llu}\n",
				r->rows, r->first_seq, r->last_seq, r->broken);
	else
		(void)re_printf("%H, seq %lld to %lld: the chain is %s\n", human_count_print,
				&(struct human_count){r->rows, "record", "records"}, r->first_seq,
				r->last_seq, r->broken ? "BROKEN" : "whole");

	if (r->broken)
		return ctl_error("%llu record%s broken; the first is seq %lld: %s", r->broken,
				 r->broken == 1 ? " is" : "s are", r->broken_seq, r->broken_why);
	if (difference)
		return ctl_error("the digest of %H up to seq %lld does not hold: %s", human_count_print,
				 &(struct human_count){v->was.rows, "record", "records"}, v->was.last_seq,
				 difference);

	return CTL_OK;
}

/** 0 also where the database is of a version that knew no archives. */
static int64_t removed_read(struct db *db)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_ARCHIVE_REMOVED_SEQ);
	int64_t seq = 0;

	if (stmt && sqlite3_step(stmt) == SQLITE_ROW)
		seq = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_reset(stmt);

	return seq;
}

static int walk(const struct ctl *ctl, struct verification *v)
{
	struct chain_report report;
	struct database d;
	int code, err;

	code = database_open(&d, ctl);
	if (!code) {
		database_patient(&d, ctl);
		v->removed_seq = removed_read(d.db);
		err = chain_walk(db_handle(d.db), &report, row_handler, v);
		if (err == ERANGE || err == EOVERFLOW)
			code = ctl_error("the sums of the records are beyond all money");
		else if (err)
			code = database_error(&d, sqlite3_errcode(db_handle(d.db)));
		else
			code = walked(ctl, v, &report);
	}
	database_close(&d);

	return code;
}

int ctl_cdr_verify(const struct ctl *ctl)
{
	struct verification *v = mem_zalloc(sizeof(*v), NULL);
	int code;

	if (!v)
		return ctl_error("out of memory");

	code = ctl->against ? against_read(&v->was, ctl->against) : CTL_OK;
	code = code ? code : walk(ctl, v);
	mem_deref(v);

	return code;
}
