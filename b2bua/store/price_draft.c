/**
 * @file price_draft.c  A price list while it is written: on the writer's thread
 */
#include <errno.h>
#include <string.h>
#include "csv.h"
#include "price_draft.h"
#include "price_statement.h"

static void draft_destructor(void *arg)
{
	struct price_draft *d = arg;

	mem_deref(d->tariff);
}

int price_draft_alloc(struct price_draft **dp, const char *tariff)
{
	struct price_draft *d = mem_zalloc(sizeof(*d), draft_destructor);
	int err;

	if (!d)
		return ENOMEM;

	err = str_dup(&d->tariff, tariff);
	if (err)
		mem_deref(d);
	else
		*dp = d;

	return err;
}

static int refuse(struct price_draft *d, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)re_vsnprintf(d->errstr, sizeof(d->errstr), fmt, ap);
	va_end(ap);

	return err;
}

/* ---------------------------------------------------------------- its begin */

static int list_base(struct price_draft *d, struct sqlite3 *db)
{
	struct sqlite3_stmt *stmt = NULL;
	int rc, err;

	err = price_statement_open(&stmt, db, SQL_RATE_LIST_BASE,
				   &(struct price_statement){.tariff = d->tariff});
	if (err)
		return err;

	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		d->base = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);

	return rc == SQLITE_DONE ? ENOENT : db_errno(rc);
}

int price_draft_begin(struct price_draft *d, struct sqlite3 *db)
{
	int err;

	err = list_base(d, db);
	if (err == ENOENT)
		return refuse(d, err, "there is no tariff \"%s\"; create it with tandemctl apply", d->tariff);

	err = err ? err
		  : price_statement_run(db, SQL_RATE_LIST_ADD,
					&(struct price_statement){.tariff = d->tariff});
	d->list = sqlite3_last_insert_rowid(db);

	return err;
}

/* ---------------------------------------------------------------- its rows */

static void row_bind(struct sqlite3_stmt *stmt, int64_t list, const struct price_row *row,
		     const struct mbuf *bands)
{
	(void)sqlite3_bind_int64(stmt, 1, list);
	(void)sqlite3_bind_text(stmt, 2, row->prefix, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(stmt, 3, row->from_us);
	(void)sqlite3_bind_int64(stmt, 4, row->until_us);
	if (row->until_us == INT64_MAX)
		(void)sqlite3_bind_null(stmt, 4);
	(void)sqlite3_bind_int64(stmt, 5, row->per_minute_nano);
	(void)sqlite3_bind_int64(stmt, 6, row->connect_fee_nano);
	(void)sqlite3_bind_int64(stmt, 7, row->min_charge_nano);
	(void)sqlite3_bind_int64(stmt, 8, row->max_charge_nano);
	(void)sqlite3_bind_int64(stmt, 9, row->grace_s);
	(void)sqlite3_bind_int64(stmt, 10, row->first_s);
	(void)sqlite3_bind_int64(stmt, 11, row->next_s);
	(void)sqlite3_bind_int64(stmt, 12, row->blocked);
	(void)sqlite3_bind_null(stmt, 13);
	if (bands->end)
		(void)sqlite3_bind_text(stmt, 13, (const char *)bands->buf, (int)bands->end, SQLITE_STATIC);
}

static int row_insert(struct sqlite3_stmt *stmt, int64_t list, const struct price_row *row,
		      struct mbuf *bands)
{
	int err;

	mbuf_rewind(bands);
	err = price_row_bands_write(bands, row);
	if (err)
		return err;

	row_bind(stmt, list, row, bands);

	return db_run(stmt);
}

static const char *row_read(struct price_row *row, const struct pl fieldv[], size_t fieldc)
{
	const char *complaint;
	size_t i;

	if (fieldc != PRICE_COLUMNC)
		return "has not the columns of a price list";

	price_row_init(row);
	for (i = 0; i < PRICE_COLUMNC; i++)
		if (price_row_set(row, (enum price_column)i, &fieldv[i], '.', &complaint))
			return complaint;

	return price_row_check(row);
}

/* What may not stand behind the last one. */
static const char *row_order(const struct price_draft *d, const struct price_row *row)
{
	if (!d->mark.rows)
		return NULL;
	if (price_row_compare(&d->mark.last, row) >= 0)
		return "is out of order; rows go by prefix, then begin";

	return price_row_overlaps(&d->mark.last, row) ? "overlaps in time with the row before" : NULL;
}

static int row_add(struct price_draft *d, struct sqlite3_stmt *stmt, const struct pl fieldv[], size_t fieldc,
		   struct mbuf *bands)
{
	const char *complaint;
	struct price_row row;
	int err;

	complaint = row_read(&row, fieldv, fieldc);
	complaint = complaint ? complaint : row_order(d, &row);
	if (!complaint && d->mark.rows == PRICE_ROWS_MAX)
		complaint = "is one too many; a list has 10,000,000 at most";
	if (complaint)
		return refuse(d, EBADMSG, "row %zu of the list %s", d->mark.rows + 1, complaint);

	err = row_insert(stmt, d->list, &row, bands);
	d->mark.last = row;
	d->mark.last.bands = pl_null;
	d->mark.rows += !err;

	return err;
}

static int rows_add(struct price_draft *d, struct sqlite3_stmt *stmt, char *text, struct mbuf *bands)
{
	struct pl fieldv[CSV_FIELDS_MAX];
	const char *complaint = NULL;
	struct csv csv;
	size_t fieldc;
	int err;

	csv_init(&csv, text, strlen(text), ',');
	while (!(err = csv_next(&csv, fieldv, &fieldc, &complaint))) {
		err = row_add(d, stmt, fieldv, fieldc, bands);
		if (err)
			return err;
	}

	return err == ENODATA ? 0 : refuse(d, err, "row %zu of the list %s", d->mark.rows + 1, complaint);
}

int price_draft_add(struct price_draft *d, struct sqlite3 *db, char *text)
{
	struct sqlite3_stmt *stmt = NULL;
	struct mbuf *bands = mbuf_alloc(256);
	int err;

	err = bands ? 0 : ENOMEM;
	err = err ? err : price_statement_open(&stmt, db, SQL_RATE_ROW_ADD, &(struct price_statement){0});
	err = err ? err : rows_add(d, stmt, text, bands);
	(void)sqlite3_finalize(stmt);
	mem_deref(bands);

	return err;
}

/* ---------------------------------------------------------------- its end */

int price_draft_commit(struct price_draft *d, struct sqlite3 *db)
{
	const struct price_statement about = {.list = d->list, .base = d->base, .tariff = d->tariff};
	int err;

	err = price_statement_run(db, SQL_RATE_LIST_SWITCH, &about);
	if (!err && !sqlite3_changes(db))
		return refuse(d, ESTALE,
			      "the rates of tariff \"%s\" were changed meanwhile; look at the difference and "
			      "import again",
			      d->tariff);

	return err ? err : price_statement_run(db, SQL_RATE_LIST_DONE, &about);
}
