/**
 * @file correction_list.c  Many calls are corrected by one run
 */
#include <string.h>
#include <sqlite3.h>
#include "clock.h"
#include "correction_list.h"
#include "correction_row.h"
#include "money.h"
#include "payment_part.h"

enum { IDEM_SIZE = CORRECTION_RUN_MAX + UUID_STRSIZE + 16 };

/* Prepared once for all items of a transaction. */
enum statement { FIND, LAST, ENTRY, CORRECT, TRAFFIC, STATEMENTC };

static const enum sql_query queryv[STATEMENTC] = {
	[FIND] = SQL_CORRECTION_FIND,   [LAST] = SQL_CORRECTION_LAST,       [ENTRY] = SQL_PAYMENT_ADD,
	[CORRECT] = SQL_CORRECTION_ADD, [TRAFFIC] = SQL_CORRECTION_TRAFFIC,
};

struct item {
	struct le le;
	char *cdr_id, *account, *currency;
	char *src_trunk, *dst_trunk, *cost_currency;
	int64_t start_us, was_nano, price_nano;
};

/** What the transaction comes to for one account. */
struct move {
	struct le le;
	char *account;
	bool gone;
	uint64_t calls;
	int64_t nano;
	struct payment_receipt now;
};

struct correction_list {
	char *run, *tariff, *note;
	struct list iteml;

	/* of the booking under way */
	struct payments *payments;
	correction_list_done_h *doneh;
	void *arg;
	struct sqlite3 *db;
	struct sqlite3_stmt *stmtv[STATEMENTC];
	struct list movel;
	struct correction_counts counts;
};

static void list_destructor(void *arg)
{
	struct correction_list *l = arg;

	list_flush(&l->iteml);
	list_flush(&l->movel);
	mem_deref(l->payments);
	mem_deref(l->run);
	mem_deref(l->tariff);
	mem_deref(l->note);
}

int correction_list_alloc(struct correction_list **lp, const char *run, const char *tariff, const char *note)
{
	struct correction_list *l;
	int err;

	if (!lp || !str_isset(run) || strlen(run) > CORRECTION_RUN_MAX || !tariff)
		return EINVAL;

	l = mem_zalloc(sizeof(*l), list_destructor);
	if (!l)
		return ENOMEM;

	err = str_dup(&l->run, run);
	err = err ? err : str_dup(&l->tariff, tariff);
	if (!err && note)
		err = str_dup(&l->note, note);
	if (err)
		mem_deref(l);
	else
		*lp = l;

	return err;
}

static void item_destructor(void *arg)
{
	struct item *it = arg;

	mem_deref(it->cdr_id);
	mem_deref(it->account);
	mem_deref(it->currency);
	mem_deref(it->src_trunk);
	mem_deref(it->dst_trunk);
	mem_deref(it->cost_currency);
}

static int text_copy(char **textp, const char *text)
{
	return text ? str_dup(textp, text) : 0;
}

int correction_list_add(struct correction_list *l, const struct correction_item *item)
{
	struct item *it = mem_zalloc(sizeof(*it), item_destructor);
	int err;

	if (!it)
		return ENOMEM;

	it->start_us = item->start_us;
	it->was_nano = item->was_nano;
	it->price_nano = item->price_nano;
	err = str_dup(&it->cdr_id, item->cdr_id);
	err |= str_dup(&it->account, item->account);
	err |= str_dup(&it->currency, item->currency);
	err |= text_copy(&it->src_trunk, item->src_trunk);
	err |= text_copy(&it->dst_trunk, item->dst_trunk);
	err |= text_copy(&it->cost_currency, item->cost_currency);
	if (err)
		mem_deref(it);
	else
		list_append(&l->iteml, &it->le, it);

	return err ? ENOMEM : 0;
}

/* ---------------------------------------------------------------- the accounts of a transaction */

static void move_destructor(void *arg)
{
	struct move *m = arg;

	list_unlink(&m->le);
	mem_deref(m->account);
}

static int move_add(struct move **mp, struct correction_list *l, const char *account)
{
	struct move *m = mem_zalloc(sizeof(*m), move_destructor);
	int err;

	if (!m)
		return ENOMEM;

	err = str_dup(&m->account, account);
	err = err ? err : payment_account_read(&m->now, l->db, account);
	m->gone = err == ENOENT;
	if (err && !m->gone) {
		mem_deref(m);
		return err;
	}

	list_prepend(&l->movel, &m->le, m);
	*mp = m;

	return 0;
}

static int move_find(struct move **mp, struct correction_list *l, const char *account)
{
	struct le *le;

	for (le = list_head(&l->movel); le; le = le->next) {
		*mp = le->data;
		if (!strcmp((*mp)->account, account))
			return 0;
	}

	return move_add(mp, l, account);
}

static int move_tell(struct correction_list *l, const struct move *m)
{
	char amount[MONEY_STRSIZE], balance[MONEY_STRSIZE];
	struct sqlite3_stmt *stmt = NULL;
	int err;

	if (!m->calls)
		return 0;

	err = payment_prepare(&stmt, l->db, SQL_CORRECTION_EVENT);
	if (err)
		return err;

	money_encode(amount, m->nano);
	money_encode(balance, m->now.balance_nano);
	payment_bind_number(stmt, ":at_us", clock_wall_us());
	payment_bind_text(stmt, ":account", m->account);
	payment_bind_text(stmt, ":amount", amount);
	payment_bind_text(stmt, ":currency", m->now.currency);
	payment_bind_text(stmt, ":balance", balance);
	payment_bind_text(stmt, ":run", l->run);
	payment_bind_number(stmt, ":calls", (int64_t)m->calls);
	payment_bind_text(stmt, ":note", l->note);
	err = db_run(stmt);
	(void)sqlite3_finalize(stmt);

	return err;
}

/* ---------------------------------------------------------------- an item, on the writer's thread */

static struct sqlite3_stmt *statement(const struct correction_list *l, enum statement which)
{
	struct sqlite3_stmt *stmt = l->stmtv[which];

	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);

	return stmt;
}

static int item_known(const struct correction_list *l, const char *idem, bool *known)
{
	struct sqlite3_stmt *stmt = statement(l, FIND);
	int rc;

	payment_bind_text(stmt, ":idem_key", idem);
	rc = sqlite3_step(stmt);
	*known = rc == SQLITE_ROW;
	(void)sqlite3_reset(stmt);

	return db_errno(rc);
}

static int entry_add(const struct correction_list *l, const struct item *it, const char *idem)
{
	const int64_t nano = it->was_nano - it->price_nano;
	struct sqlite3_stmt *stmt = statement(l, ENTRY);
	char id[UUID_STRSIZE];

	uuid7(id);
	payment_bind_text(stmt, ":entry_id", id);
	payment_bind_text(stmt, ":idem_key", idem);
	payment_bind_number(stmt, ":at_us", clock_wall_us());
	payment_bind_text(stmt, ":kind", nano > 0 ? "refund" : "adjust");
	payment_bind_text(stmt, ":debit", nano > 0 ? "@revenue" : it->account);
	payment_bind_text(stmt, ":credit", nano > 0 ? it->account : "@revenue");
	payment_bind_number(stmt, ":amount_nano", nano > 0 ? nano : -nano);
	payment_bind_text(stmt, ":currency", it->currency);
	payment_bind_text(stmt, ":cdr_id", it->cdr_id);
	payment_bind_text(stmt, ":note", l->note);

	return db_run(stmt);
}

static int rows_add(const struct correction_list *l, const struct item *it, const char *idem)
{
	const struct correction_row row = {
		.idem_key = idem,
		.cdr_id = it->cdr_id,
		.account = it->account,
		.currency = it->currency,
		.note = l->note,
		.src_trunk = it->src_trunk,
		.dst_trunk = it->dst_trunk,
		.cost_currency = it->cost_currency,
		.start_us = it->start_us,
		.was_nano = it->was_nano,
		.price_nano = it->price_nano,
	};

	return correction_row_write(statement(l, CORRECT), statement(l, TRAFFIC), &row);
}

static int item_correct(struct correction_list *l, struct move *m, const struct item *it, const char *idem)
{
	const int64_t nano = it->was_nano - it->price_nano;
	int err;

	if (__builtin_add_overflow(m->now.balance_nano, nano, &m->now.balance_nano) ||
	    __builtin_add_overflow(m->nano, nano, &m->nano))
		return ERANGE;

	err = entry_add(l, it, idem);
	err = err ? err : rows_add(l, it, idem);
	++m->calls;
	++l->counts.corrected;

	return err;
}

static int item_book(struct correction_list *l, struct item *it)
{
	char idem[IDEM_SIZE];
	struct move *m = NULL;
	bool known = false;
	int err;

	(void)re_snprintf(idem, sizeof(idem), "rerate:%s:%s", l->run, it->cdr_id);
	err = item_known(l, idem, &known);
	if (err || known) {
		l->counts.repeated += known;
		return err;
	}

	err = move_find(&m, l, it->account);
	err = err ? err : correction_row_was(statement(l, LAST), it->cdr_id, &it->was_nano);
	if (err)
		return err;

	if (m->gone || strcmp(m->now.currency, it->currency) || it->was_nano == it->price_nano) {
		++l->counts.left;
		return 0;
	}

	return item_correct(l, m, it, idem);
}

/* ---------------------------------------------------------------- the transaction */

static int run_statement(struct sqlite3_stmt **stmtp, const struct correction_list *l, enum sql_query query)
{
	const int err = payment_prepare(stmtp, l->db, query);

	if (!err) {
		payment_bind_text(*stmtp, ":run", l->run);
		payment_bind_text(*stmtp, ":tariff", l->tariff);
	}

	return err;
}

/* Under one key no call may have the price of one tariff, and another call that of another. */
static int run_check(const struct correction_list *l)
{
	struct sqlite3_stmt *stmt = NULL;
	int err, rc;

	err = run_statement(&stmt, l, SQL_CORRECTION_RUN_ADD);
	err = err ? err : db_run(stmt);
	(void)sqlite3_finalize(stmt);
	stmt = NULL;

	err = err ? err : run_statement(&stmt, l, SQL_CORRECTION_RUN_TARIFF);
	if (err)
		return err;

	rc = sqlite3_step(stmt);
	err = rc == SQLITE_ROW && !sqlite3_column_int(stmt, 0) ? EEXIST : db_errno(rc);
	(void)sqlite3_finalize(stmt);

	return err;
}

static int statements_prepare(struct correction_list *l)
{
	size_t i;
	int err = 0;

	for (i = 0; i < STATEMENTC && !err; i++)
		err = payment_prepare(&l->stmtv[i], l->db, queryv[i]);

	return err;
}

static void statements_finish(struct correction_list *l)
{
	size_t i;

	for (i = 0; i < STATEMENTC; i++) {
		(void)sqlite3_finalize(l->stmtv[i]);
		l->stmtv[i] = NULL;
	}
}

static int book(struct sqlite3 *db, void *arg)
{
	struct correction_list *l = arg;
	struct le *le;
	int err;

	l->db = db;
	err = run_check(l);
	err = err ? err : statements_prepare(l);
	for (le = list_head(&l->iteml); le && !err; le = le->next)
		err = item_book(l, le->data);
	for (le = list_head(&l->movel); le && !err; le = le->next)
		err = move_tell(l, le->data);
	statements_finish(l);

	return err;
}

static void booked(int err, void *arg)
{
	struct correction_list *l = arg;
	const struct le *le;

	for (le = err ? NULL : list_head(&l->movel); le; le = le->next) {

		const struct move *m = le->data;

		if (m->calls)
			payment_tell(l->payments, m->account, m->nano);
	}

	l->doneh(err, &l->counts, l->arg);
}

int correction_list_book(struct correction_list *l, struct payments *p, correction_list_done_h *doneh,
			 void *arg)
{
	if (!l || !p || !doneh || l->payments)
		return EINVAL;

	l->payments = mem_ref(p);
	l->doneh = doneh;
	l->arg = arg;

	return writer_submit(payments_writer(p), book, booked, l);
}
