/**
 * @file test_payment.c  Money that operators move is booked once by its key, or not at all
 */
#include <string.h>
#include "payment.h"
#include "store_fixture.h"
#include "unit.h"

static const int64_t unit = 1000000000;

struct outcome {
	unsigned done;
	int err;
	char errstr[512];
	struct payment_receipt receipt;
	unsigned told;
	int64_t told_nano;
};

struct house {
	struct fixture f;
	struct payments *payments;
	struct outcome o;
};

static void done_handler(int err, const char *errstr, const struct payment_receipt *receipt, void *arg)
{
	struct outcome *o = arg;

	++o->done;
	o->err = err;
	o->receipt = *receipt;
	str_ncpy(o->errstr, errstr, sizeof(o->errstr));
	re_cancel();
}

static void money_handler(const char *account, int64_t nano, void *arg)
{
	struct outcome *o = arg;

	CU_ASSERT_STRING_EQUAL(account, "acme");
	++o->told;
	o->told_nano = nano;
}

static void open_house(struct house *h)
{
	memset(h, 0, sizeof(*h));
	fixture_init(&h->f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&h->f), 0);
	CU_ASSERT_EQUAL_FATAL(payments_alloc(&h->payments, h->f.writer), 0);
	payments_money_handler(h->payments, money_handler, &h->o);
	CU_ASSERT_EQUAL(fixture_exec(&h->f, "INSERT INTO account (name, currency) VALUES ('acme', 'CNY'), "
					    "('globex', 'EUR')"),
			0);
}

static void close_house(struct house *h)
{
	mem_deref(h->payments);
	fixture_close(&h->f);
}

/* Its error, once it is done. */
static int book(struct house *h, const struct payment *p)
{
	const unsigned done = h->o.done;
	int err;

	err = payment_book(h->payments, p, done_handler, &h->o);
	if (err)
		return err;

	CU_ASSERT_EQUAL(re_main(NULL), 0);
	CU_ASSERT_EQUAL(h->o.done, done + 1);

	return h->o.err;
}

static const char *entries(const struct house *h)
{
	return fixture_text(&h->f, "SELECT group_concat(kind || ' ' || debit || ' ' || credit || ' ' || "
				   "amount_nano || ' ' || currency, ', ') FROM (SELECT * FROM ledger ORDER "
				   "BY entry_id)");
}

static void test_kinds(void)
{
	const struct payment topup = {PAYMENT_TOPUP, "acme", NULL, 100 * unit, "a", "bank transfer"};
	const struct payment refund = {PAYMENT_REFUND, "acme", "CNY", 2 * unit, "b", NULL};
	const struct payment up = {PAYMENT_ADJUST, "acme", NULL, 5 * unit, "c", NULL};
	const struct payment down = {PAYMENT_ADJUST, "acme", NULL, -7 * unit, "d", NULL};
	struct house h;

	open_house(&h);
	CU_ASSERT_EQUAL(book(&h, &topup), 0);
	CU_ASSERT_EQUAL(book(&h, &refund), 0);
	CU_ASSERT_EQUAL(book(&h, &up), 0);
	CU_ASSERT_EQUAL(h.o.told_nano, 5 * unit);
	CU_ASSERT_EQUAL(book(&h, &down), 0);
	CU_ASSERT_EQUAL(h.o.told_nano, -7 * unit);
	CU_ASSERT_EQUAL(h.o.told, 4);
	CU_ASSERT_EQUAL(h.o.receipt.balance_nano, 100 * unit);
	CU_ASSERT_STRING_EQUAL(entries(&h),
			       "topup @topup acme 100000000000 CNY, refund @revenue acme 2000000000 CNY, "
			       "adjust @adjust acme 5000000000 CNY, adjust acme @adjust 7000000000 CNY");
	CU_ASSERT_STRING_EQUAL(
		fixture_text(&h.f, "SELECT group_concat(kind || ' ' || (detail ->> 'amount') || ' ' || "
				   "(detail ->> 'balance') || ' ' || (detail ->> 'key'), ', ') FROM event"),
		"BALANCE_TOPUP 100.00 100.00 a, BALANCE_REFUND 2.00 102.00 b, "
		"BALANCE_ADJUST 5.00 107.00 c, BALANCE_ADJUST -7.00 100.00 d");
	close_house(&h);
}

static void test_once(void)
{
	const struct payment topup = {PAYMENT_TOPUP, "acme", NULL, 100 * unit, "bank-17", NULL};
	char entry[UUID_STRSIZE];
	struct house h;

	open_house(&h);
	CU_ASSERT_EQUAL(book(&h, &topup), 0);
	CU_ASSERT_FALSE(h.o.receipt.repeated);
	memcpy(entry, h.o.receipt.entry_id, sizeof(entry));
	CU_ASSERT_EQUAL(book(&h, &topup), 0);
	CU_ASSERT_TRUE(h.o.receipt.repeated);
	CU_ASSERT_STRING_EQUAL(h.o.receipt.entry_id, entry);
	CU_ASSERT_EQUAL(h.o.receipt.balance_nano, 100 * unit);
	CU_ASSERT_EQUAL(h.o.told, 1);
	CU_ASSERT_EQUAL(fixture_number(&h.f, "SELECT count(*) FROM event"), 1);
	close_house(&h);
}

/* What a key was used for is all of it: kind, account, amount. */
static void test_key_of_another(void)
{
	const struct payment first = {PAYMENT_TOPUP, "acme", NULL, 100 * unit, "k", NULL};
	const struct payment v[] = {
		{PAYMENT_TOPUP, "acme", NULL, 10 * unit, "k", NULL},
		{PAYMENT_REFUND, "acme", NULL, 100 * unit, "k", NULL},
		{PAYMENT_TOPUP, "globex", NULL, 100 * unit, "k", NULL},
		{PAYMENT_ADJUST, "acme", NULL, -100 * unit, "k", NULL},
	};
	struct house h;
	size_t i;

	open_house(&h);
	CU_ASSERT_EQUAL(book(&h, &first), 0);
	for (i = 0; i < ARRAY_SIZE(v); i++)
		CU_ASSERT_EQUAL(book(&h, &v[i]), EEXIST);
	CU_ASSERT_EQUAL(book(&h, &v[0]), EEXIST);
	CU_ASSERT_PTR_NOT_NULL(strstr(h.o.errstr, "100.00 CNY to account \"acme\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(h.o.errstr, "topup of 10.00 to \"acme\""));
	CU_ASSERT_EQUAL(fixture_number(&h.f, "SELECT count(*) FROM ledger"), 1);
	CU_ASSERT_EQUAL(h.o.told, 1);
	close_house(&h);
}

static void test_refused(void)
{
	const struct {
		struct payment p;
		int err;
	} v[] = {
		{{PAYMENT_TOPUP, "nobody", NULL, unit, "1", NULL}, ENOENT},
		{{PAYMENT_TOPUP, "acme' OR 1 --", NULL, unit, "1", NULL}, ENOENT},
		{{PAYMENT_TOPUP, "acme", "EUR", unit, "1", NULL}, EPERM},
		{{PAYMENT_TOPUP, "acme", NULL, INT64_MAX, "1", NULL}, ERANGE},
		{{PAYMENT_TOPUP, "acme", NULL, 0, "1", NULL}, EINVAL},
		{{PAYMENT_TOPUP, "acme", NULL, -1, "1", NULL}, EINVAL},
		{{PAYMENT_REFUND, "acme", NULL, -1, "1", NULL}, EINVAL},
		{{PAYMENT_ADJUST, "acme", NULL, INT64_MIN, "1", NULL}, EINVAL},
		{{PAYMENT_TOPUP, "acme", NULL, unit, "", NULL}, EINVAL},
	};
	const struct payment first = {PAYMENT_TOPUP, "acme", NULL, unit, "0", NULL};
	struct house h;
	size_t i;

	open_house(&h);
	CU_ASSERT_EQUAL(book(&h, &first), 0);
	for (i = 0; i < ARRAY_SIZE(v); i++)
		CU_ASSERT_EQUAL(book(&h, &v[i].p), v[i].err);
	CU_ASSERT_EQUAL(fixture_number(&h.f, "SELECT count(*) FROM ledger"), 1);
	CU_ASSERT_EQUAL(h.o.told, 1);
	close_house(&h);
}

/* "charge:X" of an operator is not the key of call X. */
static void test_keys_apart(void)
{
	const struct payment p = {PAYMENT_TOPUP, "acme", NULL, unit, "charge:1", NULL};
	struct house h;

	open_house(&h);
	CU_ASSERT_EQUAL(book(&h, &p), 0);
	CU_ASSERT_EQUAL(fixture_number(&h.f, "SELECT count(*) FROM ledger WHERE idem_key LIKE 'charge:%'"),
			0);
	close_house(&h);
}

static const struct unit_test testv[] = {
	{"each kind has its place in the books, its event, and is told to the loop", test_kinds},
	{"asked for again, it is not booked again", test_once},
	{"a key is not for another kind, account or amount", test_key_of_another},
	{"what cannot be booked changes nothing", test_refused},
	{"operators' keys are apart from those of calls", test_keys_apart},
	{NULL, NULL},
};

const struct unit_suite payment_suite = {"payment", testv};
