/**
 * @file test_ledger.c  What calls book: what is set aside for them comes back, what they cost is booked once
 */
#include <string.h>
#include "log.h"
#include "store/entries.h"
#include "store_fixture.h"
#include "unit.h"

static const int64_t price = 300000000;

/* A call that is up, and in open_call. */
static struct cdr *call_up(struct fixture *f)
{
	struct cdr *cdr = fixture_cdr(1);

	CU_ASSERT_EQUAL(cdr_set_str(&cdr->currency, "CNY"), 0);
	CU_ASSERT_EQUAL(writer_call_open(f->writer, cdr), 0);
	fixture_answer(cdr);
	CU_ASSERT_EQUAL(writer_call_answer(f->writer, cdr), 0);
	CU_ASSERT_TRUE(fixture_wait(f, "SELECT count(*) FROM open_call", 1));

	return cdr;
}

static void call_over(struct fixture *f, struct cdr *cdr)
{
	fixture_end(cdr, CDR_ANSWERED);
	CU_ASSERT_EQUAL(writer_call_close(f->writer, cdr), 0);
	mem_deref(cdr);
	CU_ASSERT_TRUE(fixture_wait(f, "SELECT count(*) FROM cdr", 1));
}

static void hold(struct fixture *f, const struct cdr *cdr, int64_t nano)
{
	char sql[96];

	CU_ASSERT_EQUAL(writer_hold(f->writer, cdr, nano), 0);
	(void)re_snprintf(sql, sizeof(sql), "SELECT count(*) FROM hold WHERE nano = %lld", (long long)nano);
	CU_ASSERT_TRUE(fixture_wait(f, sql, 1));
}

static const char *entries(const struct fixture *f)
{
	return fixture_text(f, "SELECT group_concat(kind || ' ' || debit || ' ' || credit || ' ' || "
			       "amount_nano, ', ')"
			       " FROM (SELECT * FROM ledger ORDER BY entry_id)");
}

static int64_t balance(const struct fixture *f)
{
	return fixture_number(f, "SELECT nano FROM balance WHERE account = 'acme' AND currency = 'CNY'");
}

static void test_charged(void)
{
	struct fixture f;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	call_over(&f, call_up(&f));
	CU_ASSERT_STRING_EQUAL(entries(&f), "charge acme @revenue 300000000");
	CU_ASSERT_EQUAL(balance(&f), -price);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM ledger JOIN cdr USING (cdr_id)"
					   " WHERE amount_nano = price_nano AND at_us = end_us"
					   "   AND idem_key = 'charge:' || cdr_id"),
			1);
	fixture_close(&f);
}

static void test_not_charged(void)
{
	struct cdr *cdr = fixture_cdr(1);
	struct fixture f;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	CU_ASSERT_EQUAL(writer_call_open(f.writer, cdr), 0);
	fixture_end(cdr, CDR_BUSY);
	CU_ASSERT_EQUAL(writer_call_close(f.writer, cdr), 0);
	CU_ASSERT_TRUE(fixture_wait(&f, "SELECT count(*) FROM cdr", 1));
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM ledger"), 0);
	mem_deref(cdr);
	fixture_close(&f);
}

static void test_held_and_given_back(void)
{
	struct fixture f;
	struct cdr *cdr;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	cdr = call_up(&f);
	hold(&f, cdr, 500000000);
	CU_ASSERT_EQUAL(balance(&f), -500000000);
	hold(&f, cdr, 800000000);
	hold(&f, cdr, 600000000);
	CU_ASSERT_EQUAL(balance(&f), -600000000);
	call_over(&f, cdr);
	CU_ASSERT_STRING_EQUAL(entries(&f),
			       "reserve acme @reserve 500000000, reserve acme @reserve 300000000, "
			       "release @reserve acme 200000000, release @reserve acme 600000000, "
			       "charge acme @revenue 300000000");
	CU_ASSERT_EQUAL(balance(&f), -price);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM hold"), 0);
	fixture_close(&f);
}

/* What ends in the batch it began in books its charge alone. */
static void test_short_call(void)
{
	struct fixture f;
	struct cdr *cdr = fixture_cdr(1);

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	CU_ASSERT_EQUAL(cdr_set_str(&cdr->currency, "CNY"), 0);
	CU_ASSERT_EQUAL(writer_call_open(f.writer, cdr), 0);
	CU_ASSERT_EQUAL(writer_hold(f.writer, cdr, 500000000), 0);
	fixture_answer(cdr);
	CU_ASSERT_EQUAL(writer_call_answer(f.writer, cdr), 0);
	CU_ASSERT_EQUAL(writer_hold(f.writer, cdr, 700000000), 0);
	call_over(&f, cdr);
	CU_ASSERT_STRING_EQUAL(entries(&f), "charge acme @revenue 300000000");
	fixture_close(&f);
}

/* The call was up when the writer went: it is charged by its rate until the last mark of life. */
static void test_cut_off(void)
{
	struct fixture f;
	struct cdr *cdr;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	cdr = fixture_cdr(1);
	CU_ASSERT_EQUAL(cdr_set_str(&cdr->currency, "CNY"), 0);
	CU_ASSERT_EQUAL(cdr_set_str(&cdr->rate,
				    "{\"prefix\":\"86\",\"per_minute\":\"0.30\",\"first\":60,\"next\":60}"),
			0);
	CU_ASSERT_EQUAL(cdr_set_str(&cdr->cost_rate,
				    "{\"prefix\":\"86\",\"per_minute\":\"0.10\",\"first\":60,\"next\":60}"),
			0);
	CU_ASSERT_EQUAL(cdr_set_str(&cdr->cost_currency, "CNY"), 0);
	CU_ASSERT_EQUAL(writer_call_open(f.writer, cdr), 0);
	fixture_answer(cdr);
	CU_ASSERT_EQUAL(writer_call_answer(f.writer, cdr), 0);
	hold(&f, cdr, 900000000);
	mem_deref(cdr);
	fixture_stop(&f);
	CU_ASSERT_EQUAL(fixture_exec(&f, "UPDATE node SET lived_ms = lived_ms + 90000"), 0);

	log_level_set(LOG_LEVELC);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	log_level_set(LOG_ERROR);
	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT recovered || ' ' || billed_s || ' ' || price_nano || "
						"' ' || "
						"cost_nano FROM cdr"),
			       "1 120 600000000 200000000");
	CU_ASSERT_STRING_EQUAL(entries(&f),
			       "reserve acme @reserve 900000000, release @reserve acme 900000000, "
			       "charge acme @revenue 600000000");
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM hold"), 0);
	CU_ASSERT_EQUAL(balance(&f), -2 * price);
	fixture_close(&f);
}

/* An account that owes nearly all that int64 can tell. */
static void ruined(struct fixture *f)
{
	fixture_init(f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(f), 0);
	fixture_stop(f);
	CU_ASSERT_EQUAL(fixture_exec(f, "INSERT INTO ledger (entry_id, idem_key, node, at_us, kind, debit, "
					"credit,"
					" amount_nano, currency) VALUES ('0', 'x', 'n', 0, 'adjust', 'acme',"
					" '@adjust', 9223372036854770000, 'CNY')"),
			0);
	CU_ASSERT_EQUAL_FATAL(fixture_start(f), 0);
	log_level_set(LOG_LEVELC);
}

/* No retry will book it: the records behind it must not wait for that. */
static void test_beyond_all_money(void)
{
	const int64_t owed = -INT64_C(9223372036854770000);
	struct fixture f;
	struct cdr *cdr;

	ruined(&f);
	cdr = call_up(&f);
	CU_ASSERT_EQUAL(writer_hold(f.writer, cdr, 500000000), 0);
	call_over(&f, cdr);
	log_level_set(LOG_ERROR);
	CU_ASSERT_EQUAL(balance(&f), owed);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM ledger"), 1);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM hold"), 0);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT price_nano FROM cdr"), price);
	fixture_close(&f);
}

/* What a call tells the ledger, in order: so much is set aside, in all (another sum each time); what was is given back (-1);
 * its price (-2). */
static const int64_t messagev[] = {500000000, 800000000, 600000000, 0, 700000000, -1, -2};

static int tell(struct entries *e, const struct cdr *cdr, size_t i)
{
	struct held held = {.at_us = cdr->start_us, .nano = messagev[i]};
	struct cdr_value valuev[CDR_FIELDC];
	struct mbuf *mb = mbuf_alloc(1024);
	int err;

	pl_set_str(&held.cdr_id, cdr->cdr_id);
	pl_set_str(&held.account, cdr->account);
	pl_set_str(&held.currency, cdr->currency);

	if (messagev[i] >= 0) {
		err = entries_hold(e, &held, i + 1);
	}
	else if (messagev[i] == -1) {
		err = entries_release(e, &held.cdr_id, cdr->start_us);
	}
	else {
		err = cdr_pack(mb, cdr);
		mb->pos = 0;
		err = err ? err : cdr_values(valuev, mb);
		err = err ? err : entries_charge(e, valuev);
	}
	mem_deref(mb);

	return err;
}

/* Ledger, holds and balances. */
static void books_print(char *text, size_t size, const struct fixture *f)
{
	str_ncpy(text,
		 fixture_text(
			 f,
			 "SELECT (SELECT group_concat(idem_key || kind || debit || credit || amount_nano)"
			 "          FROM (SELECT * FROM ledger ORDER BY idem_key))"
			 "    || coalesce((SELECT group_concat(cdr_id || nano) FROM hold), ' nothing held')"
			 "    || (SELECT group_concat(account || nano) FROM balance)"),
		 size);
}

static void test_told_twice(void)
{
	char before[4096], after[4096];
	struct entries *e = NULL;
	struct db *db = NULL;
	struct fixture f;
	struct cdr *cdr;
	size_t i;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	fixture_stop(&f);
	CU_ASSERT_EQUAL_FATAL(db_open(&db, fixture_path(&f, "tandem.db"), DB_WRITE, f.errstr,
				      sizeof(f.errstr)),
			      0);
	CU_ASSERT_EQUAL_FATAL(entries_alloc(&e, db, "node-1"), 0);
	cdr = fixture_cdr(1);
	CU_ASSERT_EQUAL(cdr_set_str(&cdr->currency, "CNY"), 0);
	fixture_answer(cdr);
	fixture_end(cdr, CDR_ANSWERED);

	for (i = 0; i < ARRAY_SIZE(messagev); i++) {
		CU_ASSERT_EQUAL(tell(e, cdr, i), 0);
		books_print(before, sizeof(before), &f);
		CU_ASSERT_EQUAL(tell(e, cdr, i), 0);
		books_print(after, sizeof(after), &f);
		CU_ASSERT_STRING_EQUAL(after, before);
	}
	CU_ASSERT_EQUAL(balance(&f), -price);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM hold"), 0);

	/* nor all of them, when the call is long over */
	for (i = 0; i < ARRAY_SIZE(messagev); i++) {
		CU_ASSERT_EQUAL(tell(e, cdr, i), 0);
		books_print(after, sizeof(after), &f);
		CU_ASSERT_STRING_EQUAL(after, before);
	}

	mem_deref(cdr);
	mem_deref(e);
	mem_deref(db);
	fixture_close(&f);
}

static const struct unit_test testv[] = {
	{"an answered call's price is booked once, by its CDR", test_charged},
	{"a call without a price books nothing", test_not_charged},
	{"what is set aside moves to the reserve and back", test_held_and_given_back},
	{"a call within one commit books its charge alone", test_short_call},
	{"a call that a crash cut off is charged by its rate, and what it held is given back", test_cut_off},
	{"what is beyond all money is not booked, and holds up no record", test_beyond_all_money},
	{"every message told twice changes nothing, at once or when its call is over", test_told_twice},
	{NULL, NULL},
};

const struct unit_suite ledger_suite = {"ledger", testv};
