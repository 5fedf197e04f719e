/**
 * @file price_list.c  A tariff's list of rates: read from the database, sent to the daemon
 */
#include <string.h>
#include <re.h>
#include "json.h"
#include "../charge/rate_column.h"
#include "price_list.h"
#include "rpc.h"

enum { ROWS_MIN = 1024, CHUNK_SIZE = 128 * 1024, TIMEOUT_S = 60 };

struct bands {
	struct le le;
	char *text;
};

/* ---------------------------------------------------------------- from the database */

static void bands_destructor(void *arg)
{
	struct bands *b = arg;

	list_unlink(&b->le);
	mem_deref(b->text);
}

/* Rates of one list mostly have the same. */
static int bands_keep(struct price_list *l, struct pl *pl, const char *text)
{
	struct bands *b = list_ledata(list_tail(&l->bandl));

	if (!text)
		return 0;

	if (!b || strcmp(b->text, text)) {
		b = mem_zalloc(sizeof(*b), bands_destructor);
		if (!b || str_dup(&b->text, text)) {
			mem_deref(b);
			return ENOMEM;
		}
		list_append(&l->bandl, &b->le, b);
	}
	pl_set_str(pl, b->text);

	return 0;
}

static int row_take(struct price_list *l, struct price_row *row, struct sqlite3_stmt *stmt)
{
	const char *prefix = (const char *)sqlite3_column_text(stmt, RATE_PREFIX);

	price_row_init(row);
	str_ncpy(row->prefix, prefix ? prefix : "", sizeof(row->prefix));
	row->from_us = sqlite3_column_int64(stmt, RATE_FROM);
	if (sqlite3_column_type(stmt, RATE_UNTIL) != SQLITE_NULL)
		row->until_us = sqlite3_column_int64(stmt, RATE_UNTIL);
	row->per_minute_nano = sqlite3_column_int64(stmt, RATE_PER_MINUTE);
	row->connect_fee_nano = sqlite3_column_int64(stmt, RATE_CONNECT_FEE);
	row->min_charge_nano = sqlite3_column_int64(stmt, RATE_MIN_CHARGE);
	row->max_charge_nano = sqlite3_column_int64(stmt, RATE_MAX_CHARGE);
	row->grace_s = (uint32_t)sqlite3_column_int64(stmt, RATE_GRACE);
	row->first_s = (uint32_t)sqlite3_column_int64(stmt, RATE_FIRST);
	row->next_s = (uint32_t)sqlite3_column_int64(stmt, RATE_NEXT);
	row->blocked = sqlite3_column_int(stmt, RATE_BLOCKED);

	return bands_keep(l, &row->bands, (const char *)sqlite3_column_text(stmt, RATE_BANDS));
}

static int row_add(struct price_list *l, struct sqlite3_stmt *stmt)
{
	if (!l->rowv || l->rowc == l->size) {
		const size_t size = MAX(2 * l->size, (size_t)ROWS_MIN);
		struct price_row *rowv = mem_reallocarray(l->rowv, size, sizeof(*rowv), NULL);

		if (!rowv)
			return ENOMEM;
		l->rowv = rowv;
		l->size = size;
	}

	return row_take(l, &l->rowv[l->rowc++], stmt);
}

static int rows_read(struct price_list *l, struct database *d)
{
	struct sqlite3_stmt *stmt = db_stmt(d->db, SQL_RATE_LIST_ROWS);
	int rc = SQLITE_ERROR, err = 0;

	if (!stmt)
		return database_error(d, SQLITE_ERROR);

	(void)sqlite3_bind_int64(stmt, 1, l->list);
	while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		err = row_add(l, stmt);

	if (err)
		return ctl_error("%m", err);

	return rc == SQLITE_DONE ? CTL_OK : database_error(d, rc);
}

int price_list_find(struct price_list *l, const struct database *d, const char *tariff)
{
	struct sqlite3_stmt *stmt = db_stmt(d->db, SQL_TARIFF_TERMS);
	int rc;

	if (!stmt)
		return database_error(d, SQLITE_ERROR);

	(void)db_bind_str(stmt, 1, tariff);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		l->list = sqlite3_column_int64(stmt, 0);
		str_ncpy(l->currency, (const char *)sqlite3_column_text(stmt, 1), sizeof(l->currency));
	}
	(void)sqlite3_reset(stmt);

	if (rc == SQLITE_DONE)
		return ctl_error("there is no tariff \"%s\"; create it with tandemctl apply", tariff);

	return rc == SQLITE_ROW ? CTL_OK : database_error(d, rc);
}

int price_list_read(struct price_list *l, const struct ctl *ctl, const char *tariff)
{
	struct database d;
	int code, err;

	memset(l, 0, sizeof(*l));

	code = database_open(&d, ctl);
	if (!code) {
		err = db_exec(d.db, "BEGIN");
		code = err ? ctl_error("%m", err) : price_list_find(l, &d, tariff);
		code = code ? code : rows_read(l, &d);
		(void)db_exec(d.db, "COMMIT");
	}
	database_close(&d);

	return code;
}

void price_list_close(struct price_list *l)
{
	l->rowv = mem_deref(l->rowv);
	list_flush(&l->bandl);
}

/* ---------------------------------------------------------------- to the daemon */

static int begun_take(struct price_upload *u, const struct odict *result, const char *tariff, int64_t base)
{
	const struct odict_entry *list = odict_lookup(result, "list"), *from = odict_lookup(result, "base");

	if (!list || list->type != ODICT_INT || !from || from->type != ODICT_INT)
		return ctl_error("the daemon's answer is not understood; are both of the same version?");

	u->list = list->u.integer;
	if (from->u.integer != base)
		return ctl_error("the rates of tariff \"%s\" were changed meanwhile; look at the difference "
				 "and import "
				 "again",
				 tariff);

	return CTL_OK;
}

int price_upload_begin(struct price_upload *u, const struct ctl *ctl, const char *tariff, int64_t base)
{
	struct odict *result = NULL;

	memset(u, 0, sizeof(*u));
	u->ctl = ctl;
	u->rows = mbuf_alloc(CHUNK_SIZE);
	u->code = u->rows ? rpc_ask(&result, ctl, "tariff_begin", "tariff", tariff)
			  : ctl_error("out of memory");
	if (!u->code)
		u->code = begun_take(u, result, tariff, base);
	mem_deref(result);

	return u->code;
}

static int step(struct price_upload *u, const char *method, const struct mbuf *params)
{
	struct odict *result = NULL;

	u->code = rpc_call(&result, u->ctl, method, params, TIMEOUT_S);
	mem_deref(result);

	return u->code ? EIO : 0;
}

static int rows_send(struct price_upload *u)
{
	struct mbuf *params = mbuf_alloc(u->rows->end + u->rows->end / 8 + 64);
	int err;

	err = params ? mbuf_printf(params, "{\"list\": %lld, \"rows\": ", (long long)u->list) : ENOMEM;
	err = err ? err : json_write_str(params, (const char *)u->rows->buf, u->rows->end);
	err = err ? err : mbuf_write_u8(params, '}');
	err = err ? err : step(u, "tariff_rows", params);
	mem_deref(params);
	mbuf_rewind(u->rows);

	return err;
}

int price_upload_row(const struct price_row *row, void *upload)
{
	struct price_upload *u = upload;
	int err;

	err = price_row_write(u->rows, row);
	++u->rowc;

	if (!err && u->rows->end >= CHUNK_SIZE)
		err = rows_send(u);
	if (err && !u->code)
		u->code = ctl_error("%m", err);

	return err;
}

int price_upload_end(struct price_upload *u)
{
	struct mbuf *params = mbuf_alloc(64);
	int err = 0;

	if (u->rows->end)
		err = rows_send(u);
	if (!err && !params)
		err = ENOMEM;
	err = err ? err
		  : mbuf_printf(params, "{\"list\": %lld, \"count\": %zu}", (long long)u->list, u->rowc);
	err = err ? err : step(u, "tariff_commit", params);
	if (err && !u->code)
		u->code = ctl_error("%m", err);
	if (!err)
		u->list = 0;
	mem_deref(params);

	return u->code;
}

/* What did not come into force is forgotten by the daemon in ten minutes, if it cannot be told. */
void price_upload_close(struct price_upload *u)
{
	struct mbuf *params = mbuf_alloc(64);
	struct odict *result = NULL;

	if (u->list && params && !mbuf_printf(params, "{\"list\": %lld}", (long long)u->list))
		(void)rpc_call(&result, u->ctl, "tariff_cancel", params, RPC_TIMEOUT_S);

	mem_deref(result);
	mem_deref(params);
	u->rows = mem_deref(u->rows);
}
