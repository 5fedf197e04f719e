/**
 * @file payment.c  Money that operators move
 */
#include <string.h>
#include <sqlite3.h>
#include "clock.h"
#include "db.h"
#include "escape.h"
#include "money.h"
#include "utf8.h"
#include "payment.h"

enum { ERRSTR_SIZE = 512, IDEM_SIZE = PAYMENT_KEY_MAX + 16 };

static const struct {
	const char *name;
	const char *house; /* the house's account it is moved from, or to */
} kindv[] = {
	[PAYMENT_TOPUP] = {"topup", "@topup"},
	[PAYMENT_REFUND] = {"refund", "@revenue"},
	[PAYMENT_ADJUST] = {"adjust", "@adjust"},
};

struct payments {
	struct writer *writer;
	payment_money_h *moneyh;
	void *arg;
};

/** One under way. The job fills in receipt and errstr on the writer's thread, all else is the loop's. */
struct booking {
	struct payments *payments;
	enum payment_kind kind;
	char *account, *currency, *key, *note;
	int64_t nano;
	payment_done_h *doneh;
	void *arg;

	struct payment_receipt receipt;
	char errstr[ERRSTR_SIZE];
};

const char *payment_kind_name(enum payment_kind kind)
{
	return kindv[kind].name;
}

int payments_alloc(struct payments **pp, struct writer *w)
{
	struct payments *p;

	if (!pp || !w)
		return EINVAL;

	p = mem_zalloc(sizeof(*p), NULL);
	if (!p)
		return ENOMEM;

	p->writer = w;
	*pp = p;

	return 0;
}

void payments_money_handler(struct payments *p, payment_money_h *h, void *arg)
{
	p->moneyh = h;
	p->arg = arg;
}

/* ---------------------------------------------------------------- on the writer's thread */

static int refuse(struct booking *b, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)re_vsnprintf(b->errstr, sizeof(b->errstr), fmt, ap);
	va_end(ap);

	return err;
}

static int prepare(struct sqlite3_stmt **stmtp, struct sqlite3 *db, enum sql_query query)
{
	return db_errno(sqlite3_prepare_v2(db, sql_queryv[query].text, -1, stmtp, NULL));
}

static void bind_text(struct sqlite3_stmt *stmt, const char *parameter, const char *text)
{
	(void)db_bind_str(stmt, sqlite3_bind_parameter_index(stmt, parameter), text);
}

static void bind_number(struct sqlite3_stmt *stmt, const char *parameter, int64_t number)
{
	(void)sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, parameter), number);
}

/** What the account has now, into the receipt. */
static int account_read(struct booking *b, struct sqlite3 *db)
{
	struct sqlite3_stmt *stmt = NULL;
	int rc, err;

	err = prepare(&stmt, db, SQL_PAYMENT_ACCOUNT);
	if (err)
		return err;

	bind_text(stmt, ":account", b->account);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		str_ncpy(b->receipt.currency, (const char *)sqlite3_column_text(stmt, 0),
			 sizeof(b->receipt.currency));
		b->receipt.reserved_nano = sqlite3_column_int64(stmt, 2);
		b->receipt.balance_nano = sqlite3_column_int64(stmt, 1) + b->receipt.reserved_nano;
	}
	(void)sqlite3_finalize(stmt);

	if (rc == SQLITE_DONE)
		return refuse(b, ENOENT, "there is no account \"%s\"; tandemctl account list shows them",
			      b->account);

	return db_errno(rc);
}

static const char *column(struct sqlite3_stmt *stmt, int index)
{
	const char *text = (const char *)sqlite3_column_text(stmt, index);

	return text ? text : "";
}

/** A key tells one operation: the same again is no second one, another is a mistake. */
static int compare(struct booking *b, struct sqlite3_stmt *row)
{
	const bool takes = !strcmp(column(row, 2), b->account);
	const int64_t amount = sqlite3_column_int64(row, 4), nano = takes ? -amount : amount;
	const char *account = column(row, takes ? 2 : 3);
	char was[MONEY_STRSIZE], is[MONEY_STRSIZE];

	str_ncpy(b->receipt.entry_id, column(row, 0), sizeof(b->receipt.entry_id));
	b->receipt.repeated = true;

	if (nano == b->nano && !strcmp(account, b->account) && !strcmp(column(row, 1), kindv[b->kind].name))
		return 0;

	money_encode(was, nano);
	money_encode(is, b->nano);

	return refuse(b, EEXIST,
		      "key \"%s\" was used for %s of %s %s to account \"%s\" already, and cannot be used for "
		      "%s "
		      "of %s to \"%s\"; use a key of its own",
		      b->key, column(row, 1), was, column(row, 5), account, kindv[b->kind].name, is,
		      b->account);
}

static int find(struct booking *b, struct sqlite3 *db, const char *idem)
{
	struct sqlite3_stmt *stmt = NULL;
	int rc, err;

	err = prepare(&stmt, db, SQL_PAYMENT_FIND);
	if (err)
		return err;

	bind_text(stmt, ":idem_key", idem);
	rc = sqlite3_step(stmt);
	err = rc == SQLITE_ROW ? compare(b, stmt) : db_errno(rc);
	(void)sqlite3_finalize(stmt);

	return err;
}

static int check(struct booking *b)
{
	int64_t after;

	if (b->currency && strcmp(b->currency, b->receipt.currency))
		return refuse(b, EPERM, "account \"%s\" has %s, not %s; give the amount in %s", b->account,
			      b->receipt.currency, b->currency, b->receipt.currency);

	if (__builtin_add_overflow(b->receipt.balance_nano, b->nano, &after))
		return refuse(b, ERANGE, "the balance of account \"%s\" would be beyond all money",
			      b->account);

	return 0;
}

static int entry_add(struct booking *b, struct sqlite3 *db, const char *idem)
{
	const char *house = kindv[b->kind].house;
	struct sqlite3_stmt *stmt = NULL;
	int err;

	err = prepare(&stmt, db, SQL_PAYMENT_ADD);
	if (err)
		return err;

	uuid7(b->receipt.entry_id);
	bind_text(stmt, ":entry_id", b->receipt.entry_id);
	bind_text(stmt, ":idem_key", idem);
	bind_number(stmt, ":at_us", clock_wall_us());
	bind_text(stmt, ":kind", kindv[b->kind].name);
	bind_text(stmt, ":debit", b->nano < 0 ? b->account : house);
	bind_text(stmt, ":credit", b->nano < 0 ? house : b->account);
	bind_number(stmt, ":amount_nano", b->nano < 0 ? -b->nano : b->nano);
	bind_text(stmt, ":currency", b->receipt.currency);
	bind_text(stmt, ":note", b->note);
	err = db_run(stmt);
	(void)sqlite3_finalize(stmt);

	return err;
}

static int event_add(struct booking *b, struct sqlite3 *db)
{
	char amount[MONEY_STRSIZE], balance[MONEY_STRSIZE];
	struct sqlite3_stmt *stmt = NULL;
	int err;

	err = prepare(&stmt, db, SQL_PAYMENT_EVENT);
	if (err)
		return err;

	money_encode(amount, b->nano);
	money_encode(balance, b->receipt.balance_nano);
	bind_text(stmt, ":entry_id", b->receipt.entry_id);
	bind_text(stmt, ":account", b->account);
	bind_text(stmt, ":amount", amount);
	bind_text(stmt, ":balance", balance);
	bind_text(stmt, ":key", b->key);
	err = db_run(stmt);
	(void)sqlite3_finalize(stmt);

	return err;
}

/* The keys of operators are apart from those of calls ("charge:CDR-ID"). */
static int book(struct sqlite3 *db, void *arg)
{
	struct booking *b = arg;
	char idem[IDEM_SIZE];
	int err;

	(void)re_snprintf(idem, sizeof(idem), "operator:%s", b->key);

	err = account_read(b, db);
	err = err ? err : find(b, db, idem);
	if (err || b->receipt.repeated)
		return err;

	err = check(b);
	err = err ? err : entry_add(b, db, idem);
	err = err ? err : account_read(b, db);

	return err ? err : event_add(b, db);
}

/* ---------------------------------------------------------------- on the loop */

static void booking_destructor(void *arg)
{
	struct booking *b = arg;

	mem_deref(b->payments);
	mem_deref(b->account);
	mem_deref(b->currency);
	mem_deref(b->key);
	mem_deref(b->note);
}

static void booked(int err, void *arg)
{
	struct booking *b = arg;
	const struct payments *p = b->payments;

	if (err && !b->errstr[0])
		(void)refuse(b, err,
			     "it could not be booked: %m; see the log of tandem-b2bua, and try again with "
			     "the same key",
			     err);

	if (!err && !b->receipt.repeated && p->moneyh)
		p->moneyh(b->account, b->nano, p->arg);

	b->doneh(err, b->errstr, &b->receipt, b->arg);
	mem_deref(b);
}

static int booking_alloc(struct booking **bp, const struct payment *payment)
{
	struct booking *b = mem_zalloc(sizeof(*b), booking_destructor);
	int err;

	if (!b)
		return ENOMEM;

	b->kind = payment->kind;
	b->nano = payment->nano;
	err = str_dup(&b->account, payment->account);
	err |= str_dup(&b->key, payment->key);
	if (payment->currency)
		err |= str_dup(&b->currency, payment->currency);
	if (payment->note)
		err |= str_dup(&b->note, payment->note);

	if (err)
		mem_deref(b);
	else
		*bp = b;

	return err;
}

int payment_book(struct payments *p, const struct payment *payment, payment_done_h *doneh, void *arg)
{
	struct booking *b = NULL;
	int err;

	if (!p || !payment || !payment->account || !payment->key || !*payment->key || !doneh)
		return EINVAL;
	if (!payment->nano || payment->nano == INT64_MIN ||
	    (payment->nano < 0 && payment->kind != PAYMENT_ADJUST))
		return EINVAL;
	if (strlen(payment->key) > PAYMENT_KEY_MAX || str_len(payment->note) > PAYMENT_NOTE_MAX)
		return EOVERFLOW;

	err = booking_alloc(&b, payment);
	if (err)
		return err;

	b->payments = mem_ref(p);
	b->doneh = doneh;
	b->arg = arg;

	err = writer_submit(p->writer, book, booked, b);
	if (err)
		mem_deref(b);

	return err;
}
