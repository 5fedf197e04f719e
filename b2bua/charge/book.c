/**
 * @file book.c  Accounts and their purses by name
 */
#include <errno.h>
#include <re.h>
#include "../store/model.h"
#include "book.h"
#include "habit.h"

enum { HASH_SIZE = 4096 };

struct book {
	struct hash *ht;
	uint32_t generation; /* of the model followed last */
	book_news_h *newsh;
	void *arg;
};

struct book_account {
	struct le he;
	struct book *book;
	char *name;
	struct purse *purse;
	struct habit *habit;
	int64_t balance_nano;
	uint32_t generation; /* when it was last in the model */

	/* as the model has them */
	int64_t credit_nano, day_nano, low_nano;
	uint32_t max_cps;
	bool unlimited;

	int64_t day;        /* since 1970 */
	int64_t spent_nano; /* on it, by calls that are over */
	uint64_t second;    /* of the monotonic clock */
	uint32_t begun;     /* calls in it */
	bool is_low;
};

static void account_destructor(void *arg)
{
	struct book_account *ba = arg;

	hash_unlink(&ba->he);
	mem_deref(ba->purse);
	mem_deref(ba->habit);
	mem_deref(ba->name);
}

static void book_destructor(void *arg)
{
	struct book *b = arg;

	hash_flush(b->ht);
	mem_deref(b->ht);
}

int book_alloc(struct book **bp)
{
	struct book *b;
	int err;

	if (!bp)
		return EINVAL;

	b = mem_zalloc(sizeof(*b), book_destructor);
	if (!b)
		return ENOMEM;

	err = hash_alloc(&b->ht, HASH_SIZE);
	if (err)
		mem_deref(b);
	else
		*bp = b;

	return err;
}

static bool name_handler(struct le *le, void *arg)
{
	const struct book_account *ba = le->data;

	return !str_cmp(ba->name, arg);
}

struct book_account *book_account(const struct book *b, const char *name)
{
	if (!b || !name)
		return NULL;

	return list_ledata(hash_lookup(b->ht, hash_joaat_str(name), name_handler, (void *)name));
}

static int account_add(struct book_account **bap, struct book *b, const char *name)
{
	struct book_account *ba;
	int err;

	ba = mem_zalloc(sizeof(*ba), account_destructor);
	if (!ba)
		return ENOMEM;

	ba->book = b;
	err = str_dup(&ba->name, name);
	err = err ? err : purse_alloc(&ba->purse);
	err = err ? err : habit_alloc(&ba->habit);
	if (err) {
		mem_deref(ba);
		return err;
	}

	hash_append(b->ht, hash_joaat_str(name), &ba->he, ba);
	*bap = ba;

	return 0;
}

/* A balance near the ends of int64 cannot be added up with a credit. */
static int64_t sum(int64_t a, int64_t b)
{
	int64_t s;

	return __builtin_add_overflow(a, b, &s) ? (a < 0 ? INT64_MIN : INT64_MAX - 1) : s;
}

static int64_t spendable(const struct book_account *ba)
{
	const int64_t money = ba->unlimited ? INT64_MAX : sum(ba->balance_nano, ba->credit_nano);

	return ba->day_nano ? MIN(money, sum(ba->day_nano, -ba->spent_nano)) : money;
}

/* Nothing is noticed as long as there is nobody to be told. */
static void low_watch(struct book_account *ba)
{
	const bool is_low = ba->balance_nano < ba->low_nano;

	if (is_low == ba->is_low || !ba->book->newsh)
		return;

	ba->is_low = is_low;
	ba->book->newsh(is_low ? BOOK_LOW : BOOK_RECOVERED, ba->name, ba->balance_nano, ba->book->arg);
}

static int64_t day_of(int64_t us)
{
	return us / (INT64_C(86400) * 1000000);
}

void book_day_turn(struct book_account *ba, int64_t now_us, uint64_t now_ms)
{
	if (day_of(now_us) == ba->day)
		return;

	ba->day = day_of(now_us);
	ba->spent_nano = 0;
	if (ba->day_nano)
		purse_limit_set(ba->purse, spendable(ba), now_ms);
}

bool book_day_binds(const struct book_account *ba)
{
	const int64_t money = ba->unlimited ? INT64_MAX : sum(ba->balance_nano, ba->credit_nano);

	return ba->day_nano && sum(ba->day_nano, -ba->spent_nano) < money;
}

static void limits_follow(struct book_account *ba, const struct account *a)
{
	ba->unlimited = !a->prepaid && !a->credit_nano;
	ba->credit_nano = a->credit_nano;
	ba->day_nano = a->max_spend_day_nano;
	ba->low_nano = a->low_balance_nano;
	ba->max_cps = a->max_cps;
}

static int account_follow(struct book *b, const struct account *a, uint64_t now_ms)
{
	struct book_account *ba = book_account(b, a->name);
	/* who was not there before was given this balance when it was made */
	const bool is_new = !ba || ba->generation + 1 != b->generation;
	int err;

	err = ba ? 0 : account_add(&ba, b, a->name);
	if (err)
		return err;

	if (is_new)
		ba->balance_nano = a->balance_nano;
	ba->generation = b->generation;
	limits_follow(ba, a);
	purse_limit_set(ba->purse, spendable(ba), now_ms);
	low_watch(ba);

	return 0;
}

static bool gone_handler(struct le *le, void *arg)
{
	const struct book *b = arg;
	struct book_account *ba = le->data;

	if (ba->generation != b->generation && !purse_holds(ba->purse))
		mem_deref(ba);

	return false;
}

int book_follow(struct book *b, const struct model *m, uint64_t now_ms)
{
	const struct le *le;
	int err = 0;

	++b->generation;
	for (le = m->accountl.head; le; le = le->next)
		err |= account_follow(b, le->data, now_ms);

	(void)hash_apply(b->ht, gone_handler, b);

	return err;
}

struct habit *book_habit(const struct book_account *ba)
{
	return ba->habit;
}

struct purse *book_purse(const struct book_account *ba)
{
	return ba->purse;
}

int64_t book_balance(const struct book_account *ba)
{
	return ba->balance_nano;
}

void book_add(struct book *b, const char *name, int64_t nano, uint64_t now_ms)
{
	struct book_account *ba = book_account(b, name);

	if (!ba)
		return;

	ba->balance_nano = sum(ba->balance_nano, nano);
	purse_limit_set(ba->purse, spendable(ba), now_ms);
	low_watch(ba);
}

void book_charge(struct book *b, const char *name, int64_t nano, int64_t start_us, uint64_t now_ms)
{
	struct book_account *ba = book_account(b, name);

	if (!ba)
		return;

	ba->balance_nano = sum(ba->balance_nano, -nano);
	if (day_of(start_us) == ba->day)
		ba->spent_nano = sum(ba->spent_nano, nano);
	purse_limit_set(ba->purse, spendable(ba), now_ms);
	low_watch(ba);
}

void book_spent_set(struct book *b, const char *name, int64_t nano, int64_t now_us)
{
	struct book_account *ba = book_account(b, name);

	if (!ba)
		return;

	ba->day = day_of(now_us);
	ba->spent_nano = nano;
	purse_limit_set(ba->purse, spendable(ba), 0);
}

void book_low_set(struct book *b, const char *name)
{
	struct book_account *ba = book_account(b, name);

	if (ba)
		ba->is_low = true;
}

int book_call_begin(struct book_account *ba, int64_t now_us, uint64_t now_ms)
{
	if (now_ms / 1000 != ba->second) {
		ba->second = now_ms / 1000;
		ba->begun = 0;
	}
	if (ba->max_cps && ba->begun >= ba->max_cps)
		return EAGAIN;
	++ba->begun;

	book_day_turn(ba, now_us, now_ms);

	return 0;
}

static bool low_handler(struct le *le, void *arg)
{
	(void)arg;
	low_watch(le->data);

	return false;
}

void book_news_handler(struct book *b, book_news_h *h, void *arg)
{
	b->newsh = h;
	b->arg = arg;
	(void)hash_apply(b->ht, low_handler, NULL);
}
