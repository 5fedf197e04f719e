/**
 * @file test_book.c  What accounts have, as operators change them and calls cost
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "charge/book.h"
#include "store/model.h"
#include "unit.h"

enum { ACCOUNTS = 3 };

static const int64_t unit = 1000000000;

struct fixture {
	struct book *b;
	struct model model;
	struct account accountv[ACCOUNTS];
};

static void account_put(struct fixture *f, size_t i, const char *name, bool prepaid, int64_t balance,
			int64_t credit)
{
	struct account *a = &f->accountv[i];

	*a = (struct account){.name = (char *)name,
			      .prepaid = prepaid,
			      .balance_nano = balance,
			      .credit_nano = credit};
	list_append(&f->model.accountl, &a->le, a);
}

static void open_book(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	CU_ASSERT_EQUAL_FATAL(book_alloc(&f->b), 0);
	account_put(f, 0, "prepaid", true, 5 * unit, 0);
	account_put(f, 1, "credit", false, unit, 2 * unit);
	account_put(f, 2, "postpaid", false, 0, 0);
	CU_ASSERT_EQUAL(book_follow(f->b, &f->model, 1), 0);
}

static int64_t spendable(const struct fixture *f, const char *name)
{
	return purse_spendable(book_purse(book_account(f->b, name)));
}

static int64_t balance(const struct fixture *f, const char *name)
{
	return book_balance(book_account(f->b, name));
}

static void test_spendable(void)
{
	struct fixture f;

	open_book(&f);
	CU_ASSERT_EQUAL(spendable(&f, "prepaid"), 5 * unit);
	CU_ASSERT_EQUAL(spendable(&f, "credit"), 3 * unit);
	CU_ASSERT_EQUAL(spendable(&f, "postpaid"), INT64_MAX);
	CU_ASSERT_PTR_NULL(book_account(f.b, "nobody"));
	mem_deref(f.b);
}

static void test_booked(void)
{
	struct fixture f;

	open_book(&f);
	book_add(f.b, "prepaid", 2 * unit, 2);
	book_add(f.b, "postpaid", unit, 2);
	book_add(f.b, "nobody", unit, 2);
	CU_ASSERT_EQUAL(balance(&f, "prepaid"), 7 * unit);
	CU_ASSERT_EQUAL(spendable(&f, "prepaid"), 7 * unit);
	CU_ASSERT_EQUAL(balance(&f, "postpaid"), unit);
	CU_ASSERT_EQUAL(spendable(&f, "postpaid"), INT64_MAX);
	book_charge(f.b, "postpaid", 3 * unit, 0, 2);
	CU_ASSERT_EQUAL(balance(&f, "postpaid"), -2 * unit);
	mem_deref(f.b);
}

/* A model says anew what an account may owe, and nothing of what it has: that is the book's. */
static void test_followed(void)
{
	struct fixture f;

	open_book(&f);
	book_add(f.b, "credit", -unit, 2);
	f.accountv[1].credit_nano = 10 * unit;
	f.accountv[1].balance_nano = 77 * unit;
	CU_ASSERT_EQUAL(book_follow(f.b, &f.model, 3), 0);
	CU_ASSERT_EQUAL(balance(&f, "credit"), 0);
	CU_ASSERT_EQUAL(spendable(&f, "credit"), 10 * unit);

	f.accountv[2].prepaid = true;
	CU_ASSERT_EQUAL(book_follow(f.b, &f.model, 3), 0);
	CU_ASSERT_EQUAL(spendable(&f, "postpaid"), 0);
	mem_deref(f.b);
}

/* One that is gone is forgotten; of its name made again, it has what it was given then. */
static void test_gone_and_back(void)
{
	struct fixture f;

	open_book(&f);
	book_add(f.b, "prepaid", unit, 2);
	list_unlink(&f.accountv[0].le);
	CU_ASSERT_EQUAL(book_follow(f.b, &f.model, 3), 0);
	CU_ASSERT_PTR_NULL(book_account(f.b, "prepaid"));
	list_append(&f.model.accountl, &f.accountv[0].le, &f.accountv[0]);
	CU_ASSERT_EQUAL(book_follow(f.b, &f.model, 4), 0);
	CU_ASSERT_EQUAL(balance(&f, "prepaid"), 5 * unit);
	mem_deref(f.b);
}

/* … but not while a call of it goes on. */
static void test_gone_during_a_call(void)
{
	static const struct rate rate = {.per_minute_nano = 60, .first_s = 1, .next_s = 1};
	static const struct rate_terms terms = {.decimals = 9};
	const struct hold_terms t = {.rate = &rate, .terms = &terms, .slice_s = 60};
	struct hold *h = NULL;
	struct fixture f;

	open_book(&f);
	CU_ASSERT_EQUAL_FATAL(hold_alloc(&h, book_purse(book_account(f.b, "prepaid")), &t, 0, 1), 0);
	list_unlink(&f.accountv[0].le);
	CU_ASSERT_EQUAL(book_follow(f.b, &f.model, 3), 0);
	CU_ASSERT_PTR_NOT_NULL(book_account(f.b, "prepaid"));
	mem_deref(h);
	CU_ASSERT_EQUAL(book_follow(f.b, &f.model, 4), 0);
	CU_ASSERT_PTR_NULL(book_account(f.b, "prepaid"));
	mem_deref(f.b);
}

static void test_ends_of_money(void)
{
	struct fixture f;

	open_book(&f);
	f.accountv[1].credit_nano = INT64_MAX / 2;
	book_add(f.b, "credit", INT64_MAX - 2 * unit, 2);
	CU_ASSERT_EQUAL(book_follow(f.b, &f.model, 3), 0);
	CU_ASSERT_EQUAL(spendable(&f, "credit"), INT64_MAX - 1);
	mem_deref(f.b);
}

static void test_day(void)
{
	const int64_t day_us = INT64_C(86400) * 1000000, today_us = 20000 * day_us;
	struct fixture f;
	struct book_account *ba;

	open_book(&f);
	f.accountv[0].max_spend_day_nano = 3 * unit;
	f.accountv[2].max_spend_day_nano = 3 * unit;
	CU_ASSERT_EQUAL(book_follow(f.b, &f.model, 3), 0);
	book_spent_set(f.b, "prepaid", unit, today_us);
	CU_ASSERT_EQUAL(spendable(&f, "prepaid"), 2 * unit);
	CU_ASSERT_EQUAL(spendable(&f, "postpaid"), 3 * unit);
	ba = book_account(f.b, "postpaid");
	CU_ASSERT_EQUAL(book_call_begin(ba, today_us, 3), 0);
	book_charge(f.b, "postpaid", 2 * unit, today_us + 5, 3);
	CU_ASSERT_EQUAL(spendable(&f, "postpaid"), unit);
	CU_ASSERT_TRUE(book_day_binds(ba));
	CU_ASSERT_FALSE(book_day_binds(book_account(f.b, "credit")));

	CU_ASSERT_EQUAL(book_call_begin(ba, today_us + day_us - 1, 4), 0);
	CU_ASSERT_EQUAL(spendable(&f, "postpaid"), unit);
	CU_ASSERT_EQUAL(book_call_begin(ba, today_us + day_us, 5), 0);
	CU_ASSERT_EQUAL(spendable(&f, "postpaid"), 3 * unit);

	/* one that began yesterday is yesterday's; what goes on into the day after has the next limit */
	book_charge(f.b, "postpaid", 2 * unit, today_us + 5, 6);
	CU_ASSERT_EQUAL(spendable(&f, "postpaid"), 3 * unit);
	book_charge(f.b, "postpaid", unit, today_us + day_us + 1, 6);
	CU_ASSERT_EQUAL(spendable(&f, "postpaid"), 2 * unit);
	book_day_turn(ba, today_us + 2 * day_us, 7);
	CU_ASSERT_EQUAL(spendable(&f, "postpaid"), 3 * unit);
	mem_deref(f.b);
}

static void test_second(void)
{
	struct fixture f;
	struct book_account *ba;

	open_book(&f);
	f.accountv[0].max_cps = 2;
	CU_ASSERT_EQUAL(book_follow(f.b, &f.model, 3), 0);
	ba = book_account(f.b, "prepaid");
	CU_ASSERT_EQUAL(book_call_begin(ba, 0, 5000), 0);
	CU_ASSERT_EQUAL(book_call_begin(ba, 0, 5500), 0);
	CU_ASSERT_EQUAL(book_call_begin(ba, 0, 5999), EAGAIN);
	CU_ASSERT_EQUAL(book_call_begin(ba, 0, 6000), 0);
	mem_deref(f.b);
}

static void on_news(enum book_news news, const char *account, int64_t balance_nano, void *arg)
{
	char *text = arg;

	(void)re_snprintf(text + strlen(text), 128 - strlen(text), "%s %s %lld; ",
			  news == BOOK_LOW ? "low" : "well", account, (long long)(balance_nano / unit));
}

/* Once when it is crossed, each way. */
static void test_low(void)
{
	char text[128] = "";
	struct fixture f;

	open_book(&f);
	book_news_handler(f.b, on_news, text);
	f.accountv[0].low_balance_nano = 3 * unit;
	CU_ASSERT_EQUAL(book_follow(f.b, &f.model, 3), 0);
	book_charge(f.b, "prepaid", unit, 0, 3);
	book_charge(f.b, "prepaid", 2 * unit, 0, 3);
	book_charge(f.b, "prepaid", unit, 0, 3);
	book_add(f.b, "prepaid", 9 * unit, 4);
	CU_ASSERT_STRING_EQUAL(text, "low prepaid 2; well prepaid 10; ");
	mem_deref(f.b);
}

/* After a restart what was told is not told again; what was not told yet is. */
static void test_low_after_restart(void)
{
	char text[128] = "";
	struct fixture f;

	open_book(&f);
	f.accountv[0].low_balance_nano = 9 * unit;
	f.accountv[1].low_balance_nano = 9 * unit;
	f.accountv[2].low_balance_nano = -unit;
	CU_ASSERT_EQUAL(book_follow(f.b, &f.model, 3), 0);
	book_low_set(f.b, "prepaid");
	book_low_set(f.b, "postpaid");
	book_low_set(f.b, "nobody");
	book_news_handler(f.b, on_news, text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "low credit 1; "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "well postpaid 0; "));
	CU_ASSERT_EQUAL(strlen(text), strlen("low credit 1; well postpaid 0; "));
	mem_deref(f.b);
}

static const struct unit_test testv[] = {
	{"balance and credit may be spent; postpaid without credit limit, all", test_spendable},
	{"what is booked and what calls cost changes the balance", test_booked},
	{"a change of the account changes its credit, not its balance", test_followed},
	{"an account made anew begins anew", test_gone_and_back},
	{"an account that is gone is kept for its calls", test_gone_during_a_call},
	{"a day has its limit, and the next one, too", test_day},
	{"a second has its calls", test_second},
	{"a low balance is told once", test_low},
	{"a low balance is told once, also over a restart", test_low_after_restart},
	{"sums beyond all money are without wrap", test_ends_of_money},
	{NULL, NULL},
};

const struct unit_suite book_suite = {"book", testv};
