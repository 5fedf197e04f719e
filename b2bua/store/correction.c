/**
 * @file correction.c  What calls cost is corrected by new rows
 *
 * The record is read beside the loop, for it may lie far back; then the writer's thread books.
 */
#include <string.h>
#include <sqlite3.h>
#include "background.h"
#include "clock.h"
#include "money.h"
#include "correction.h"
#include "correction_row.h"
#include "payment_part.h"

enum { PATH_SIZE = 4096 };

/** One under way: a background job's, then the writer's, in between the loop's. */
struct correcting {
	struct payments *payments;
	char *data_dir;
	char *cdr_id, *key, *note;
	int64_t price_nano;
	correction_done_h *doneh;
	void *arg;

	int64_t start_us, recorded_nano; /* of the record */
	char *currency;
	char *src_trunk, *dst_trunk, *cost_currency; /* NULL: none */
	struct correction_receipt receipt;
	int err;
	char errstr[PAYMENT_ERRSTR_SIZE];
};

static int refuse(struct correcting *c, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)re_vsnprintf(c->errstr, sizeof(c->errstr), fmt, ap);
	va_end(ap);

	return err;
}

/* ---------------------------------------------------------------- the record, beside the loop */

static int text_keep(char **textp, struct sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);

	return text ? str_dup(textp, text) : 0;
}

static int record_take(struct correcting *c, struct sqlite3_stmt *row)
{
	const char *account = (const char *)sqlite3_column_text(row, 0);
	const char *currency = (const char *)sqlite3_column_text(row, 1);
	int err;

	if (!account || !currency)
		return refuse(c, EINVAL, "nobody is charged for call %s; there is nothing to correct",
			      c->cdr_id);

	c->recorded_nano = sqlite3_column_int64(row, 2);
	c->start_us = sqlite3_column_int64(row, 3);
	err = str_dup(&c->receipt.account, account);
	err = err ? err : str_dup(&c->currency, currency);
	err = err ? err : text_keep(&c->src_trunk, row, 4);
	err = err ? err : text_keep(&c->dst_trunk, row, 5);

	return err ? err : text_keep(&c->cost_currency, row, 6);
}

static int record_read(struct correcting *c, struct db *db)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_CORRECTION_CDR);
	int rc, err;

	if (!stmt)
		return EINVAL;

	payment_bind_text(stmt, ":cdr_id", c->cdr_id);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_DONE)
		err = refuse(c, ENOENT, "there is no record of call %s; tandemctl cdr shows the newest",
			     c->cdr_id);
	else
		err = rc == SQLITE_ROW ? record_take(c, stmt) : db_errno(rc);
	(void)sqlite3_reset(stmt);

	return err;
}

static void read_job(void *arg)
{
	struct correcting *c = arg;
	char path[PATH_SIZE];
	struct db *db = NULL;

	(void)re_snprintf(path, sizeof(path), "%s/tandem.db", c->data_dir);
	c->err = db_open(&db, path, DB_READ, c->errstr, sizeof(c->errstr));
	c->err = c->err ? c->err : record_read(c, db);
	mem_deref(db);
}

/* ---------------------------------------------------------------- the entry, on the writer's thread */

/** True when the key is known; `err` says whether it is of the same correction. */
static bool key_known(struct correcting *c, struct sqlite3 *db, const char *idem, int *err)
{
	struct sqlite3_stmt *stmt = NULL;
	const char *cdr_id;
	int rc = SQLITE_ERROR;

	*err = payment_prepare(&stmt, db, SQL_CORRECTION_FIND);
	if (!*err) {
		payment_bind_text(stmt, ":idem_key", idem);
		rc = sqlite3_step(stmt);
		*err = db_errno(rc);
	}

	if (rc == SQLITE_ROW) {
		cdr_id = (const char *)sqlite3_column_text(stmt, 1);
		c->receipt.was_nano = sqlite3_column_int64(stmt, 3);
		c->receipt.payment.repeated = true;
		if (str_cmp(cdr_id, c->cdr_id) || sqlite3_column_int64(stmt, 2) != c->price_nano)
			*err = refuse(c, EEXIST,
				      "key \"%s\" was used to correct call %s to another price or another "
				      "call; use "
				      "a key of its own",
				      c->key, cdr_id);
	}
	(void)sqlite3_finalize(stmt);

	return rc == SQLITE_ROW;
}

/** What the call costs before. */
static int was_read(struct correcting *c, struct sqlite3 *db)
{
	struct sqlite3_stmt *stmt = NULL;
	int err;

	c->receipt.was_nano = c->recorded_nano;
	err = payment_prepare(&stmt, db, SQL_CORRECTION_LAST);
	err = err ? err : correction_row_was(stmt, c->cdr_id, &c->receipt.was_nano);
	(void)sqlite3_finalize(stmt);

	return err;
}

static int rows_add(const struct correcting *c, struct sqlite3 *db, const char *idem)
{
	const struct correction_row row = {
		.idem_key = idem,
		.cdr_id = c->cdr_id,
		.account = c->receipt.account,
		.currency = c->currency,
		.note = c->note,
		.src_trunk = c->src_trunk,
		.dst_trunk = c->dst_trunk,
		.cost_currency = c->cost_currency,
		.start_us = c->start_us,
		.was_nano = c->receipt.was_nano,
		.price_nano = c->price_nano,
	};
	struct sqlite3_stmt *add = NULL, *traffic = NULL;
	int err;

	err = payment_prepare(&add, db, SQL_CORRECTION_ADD);
	err = err ? err : payment_prepare(&traffic, db, SQL_CORRECTION_TRAFFIC);
	err = err ? err : correction_row_write(add, traffic, &row);
	(void)sqlite3_finalize(add);
	(void)sqlite3_finalize(traffic);

	return err;
}

/** Whoever is refused an entry whose key is there gets EEXIST from the ledger itself. */
static int entry_add(struct correcting *c, struct sqlite3 *db)
{
	const int64_t nano = c->receipt.was_nano - c->price_nano;
	const struct payment_entry entry = {.kind = nano > 0 ? "refund" : "adjust",
					    .house = "@revenue",
					    .account = c->receipt.account,
					    .nano = nano,
					    .key = c->key,
					    .cdr_id = c->cdr_id,
					    .note = c->note};
	const int err = payment_entry_add(&c->receipt.payment, db, &entry);

	if (err == EEXIST)
		return refuse(c, err, "key \"%s\" was used for something else already; use a key of its own",
			      c->key);
	if (err == ERANGE)
		return refuse(c, err, "the balance of account \"%s\" would be beyond all money",
			      c->receipt.account);

	return err;
}

static int account_read(struct correcting *c, struct sqlite3 *db)
{
	const int err = payment_account_read(&c->receipt.payment, db, c->receipt.account);

	if (err == ENOENT)
		return refuse(c, err, "account \"%s\" of call %s is gone; make it anew to correct its calls",
			      c->receipt.account, c->cdr_id);
	if (!err && strcmp(c->currency, c->receipt.payment.currency))
		return refuse(c, EPERM,
			      "call %s was charged in %s, and account \"%s\" has %s now; adjust the account",
			      c->cdr_id, c->currency, c->receipt.account, c->receipt.payment.currency);

	return err;
}

static int book(struct sqlite3 *db, void *arg)
{
	struct correcting *c = arg;
	char idem[PAYMENT_IDEM_SIZE];
	int err;

	payment_idem(idem, c->key);

	err = account_read(c, db);
	if (err || key_known(c, db, idem, &err) || err)
		return err;

	err = was_read(c, db);
	if (!err && c->receipt.was_nano == c->price_nano)
		return refuse(c, EINVAL, "call %s costs that already; there is nothing to correct",
			      c->cdr_id);

	err = err ? err : entry_add(c, db);

	return err ? err : rows_add(c, db, idem);
}

/* ---------------------------------------------------------------- on the loop */

static void correcting_destructor(void *arg)
{
	struct correcting *c = arg;

	mem_deref(c->payments);
	mem_deref(c->data_dir);
	mem_deref(c->cdr_id);
	mem_deref(c->key);
	mem_deref(c->note);
	mem_deref(c->currency);
	mem_deref(c->src_trunk);
	mem_deref(c->dst_trunk);
	mem_deref(c->cost_currency);
	mem_deref(c->receipt.account);
}

static void booked(int err, void *arg)
{
	struct correcting *c = arg;

	if (err && !c->errstr[0])
		(void)refuse(c, err,
			     "it could not be booked: %m; see the log of tandem-b2bua, and try again with "
			     "the same key",
			     err);

	if (!err && !c->receipt.payment.repeated)
		payment_tell(c->payments, c->receipt.account, c->receipt.was_nano - c->price_nano);

	c->doneh(err, c->errstr, &c->receipt, c->arg);
	mem_deref(c);
}

static void read_done(int err, void *arg)
{
	struct correcting *c = arg;

	err = err ? err : c->err;
	err = err ? err : writer_submit(payments_writer(c->payments), book, booked, c);
	if (err)
		booked(err, c);
}

static int correcting_alloc(struct correcting **cp, const struct correction *correction, const char *data_dir)
{
	struct correcting *c = mem_zalloc(sizeof(*c), correcting_destructor);
	int err;

	if (!c)
		return ENOMEM;

	c->price_nano = correction->price_nano;
	err = str_dup(&c->data_dir, data_dir);
	err |= str_dup(&c->cdr_id, correction->cdr_id);
	err |= str_dup(&c->key, correction->key);
	if (correction->note)
		err |= str_dup(&c->note, correction->note);

	if (err)
		mem_deref(c);
	else
		*cp = c;

	return err;
}

int correction_book(struct payments *p, struct background *background, const char *data_dir,
		    const struct correction *correction, correction_done_h *doneh, void *arg)
{
	struct correcting *c = NULL;
	int err;

	if (!p || !correction || !correction->cdr_id || !str_isset(correction->key) ||
	    correction->price_nano < 0 || !doneh)
		return EINVAL;
	if (strlen(correction->key) > PAYMENT_KEY_MAX || str_len(correction->note) > PAYMENT_NOTE_MAX)
		return EOVERFLOW;

	err = correcting_alloc(&c, correction, data_dir);
	if (err)
		return err;

	c->payments = mem_ref(p);
	c->doneh = doneh;
	c->arg = arg;

	err = background_run(background, read_job, read_done, c);
	if (err)
		mem_deref(c);

	return err;
}
