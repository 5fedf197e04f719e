/**
 * @file payment.c  Money that operators move
 */
#include <string.h>
#include <sqlite3.h>
#include "money.h"
#include "payment_part.h"

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
	char errstr[PAYMENT_ERRSTR_SIZE];
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

	if (nano == b->nano && !strcmp(account, b->account) && !strcmp(column(row, 1), kindv[b->kind].name) &&
	    sqlite3_column_type(row, 6) == SQLITE_NULL)
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

static int find(struct booking *b, struct sqlite3 *db)
{
	char idem[PAYMENT_IDEM_SIZE];
	struct sqlite3_stmt *stmt = NULL;
	int rc, err;

	err = payment_prepare(&stmt, db, SQL_PAYMENT_FIND);
	if (err)
		return err;

	payment_idem(idem, b->key);
	payment_bind_text(stmt, ":idem_key", idem);
	rc = sqlite3_step(stmt);
	err = rc == SQLITE_ROW ? compare(b, stmt) : db_errno(rc);
	(void)sqlite3_finalize(stmt);

	return err;
}

static int book(struct sqlite3 *db, void *arg)
{
	struct booking *b = arg;
	const struct payment_entry entry = {.kind = kindv[b->kind].name,
					    .house = kindv[b->kind].house,
					    .account = b->account,
					    .nano = b->nano,
					    .key = b->key,
					    .note = b->note};
	int err;

	err = payment_account_read(&b->receipt, db, b->account);
	if (err == ENOENT)
		return refuse(b, err, "there is no account \"%s\"; tandemctl account list shows them",
			      b->account);

	err = err ? err : find(b, db);
	if (err || b->receipt.repeated)
		return err;

	if (b->currency && strcmp(b->currency, b->receipt.currency))
		return refuse(b, EPERM, "account \"%s\" has %s, not %s; give the amount in %s", b->account,
			      b->receipt.currency, b->currency, b->receipt.currency);

	err = payment_entry_add(&b->receipt, db, &entry);
	if (err == ERANGE)
		return refuse(b, err, "the balance of account \"%s\" would be beyond all money", b->account);

	return err;
}

/* ---------------------------------------------------------------- on the loop */

void payment_tell(const struct payments *p, const char *account, int64_t nano)
{
	if (p->moneyh)
		p->moneyh(account, nano, p->arg);
}

struct writer *payments_writer(const struct payments *p)
{
	return p->writer;
}

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

	if (err && !b->errstr[0])
		(void)refuse(b, err,
			     "it could not be booked: %m; see the log of tandem-b2bua, and try again with "
			     "the same key",
			     err);

	if (!err && !b->receipt.repeated)
		payment_tell(b->payments, b->account, b->nano);

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
