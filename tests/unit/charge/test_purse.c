/**
 * @file test_purse.c  No account spends what it has not: one rule at a time, then many calls at random
 */
#include <errno.h>
#include <re.h>
#include "charge/purse.h"
#include "unit.h"

enum { CALLS = 100, STEPS = 6000, SLICE_S = 60 };

static const int64_t unit = 1000000000, start_us = INT64_C(1768953600) * 1000000;

static const struct rate_terms terms = {.decimals = 9};
static const struct rate by_second = {.per_minute_nano = 600000000, .first_s = 1, .next_s = 1};
static const struct rate by_minute = {.per_minute_nano = 600000000, .first_s = 60, .next_s = 60};
static const struct rate free_of_charge = {.first_s = 1, .next_s = 1};

static struct purse *purse_of(int64_t nano)
{
	struct purse *p = NULL;

	CU_ASSERT_EQUAL_FATAL(purse_alloc(&p), 0);
	purse_limit_set(p, nano, 0);

	return p;
}

static int hold_of(struct hold **hp, struct purse *p, const struct rate *rate, uint64_t now_ms)
{
	const struct hold_terms t = {.rate = rate, .terms = &terms, .slice_s = SLICE_S};

	*hp = NULL;

	return hold_alloc(hp, p, &t, start_us, now_ms);
}

static void test_one_call(void)
{
	struct purse *p = purse_of(unit); /* 100 s */
	struct rate_price price;
	struct hold *h;

	CU_ASSERT_EQUAL_FATAL(hold_of(&h, p, &by_second, 0), 0);
	CU_ASSERT_EQUAL(hold_nano(h), 600000000);
	CU_ASSERT_EQUAL(hold_paid_ms(h), 60000);
	CU_ASSERT_EQUAL(hold_answer(h, start_us, 5000), 0);
	hold_extend(h, 5000 + 50000);
	CU_ASSERT_EQUAL(hold_paid_ms(h), 100000);
	hold_extend(h, 5000 + 99000);
	CU_ASSERT_EQUAL(hold_paid_ms(h), 100000);
	CU_ASSERT_EQUAL(hold_settle(h, 100040, &price), 0); /* cut a little late, at our expense */
	CU_ASSERT_EQUAL(price.amount_nano, unit);
	CU_ASSERT_EQUAL(price.billed_s, 100);
	CU_ASSERT_EQUAL(purse_spendable(p), 0);
	CU_ASSERT_EQUAL(purse_held(p), 0);
	mem_deref(h);
	mem_deref(p);
}

static void test_not_even_an_interval(void)
{
	struct purse *p = purse_of(599999999);
	struct hold *h;

	CU_ASSERT_EQUAL(hold_of(&h, p, &by_minute, 0), EDQUOT);
	CU_ASSERT_PTR_NULL(h);
	CU_ASSERT_EQUAL(purse_held(p), 0);
	CU_ASSERT_EQUAL(hold_of(&h, p, &by_second, 0), 0);
	CU_ASSERT_EQUAL(hold_paid_ms(h), 59000);
	mem_deref(h);
	CU_ASSERT_EQUAL(purse_held(p), 0);
	mem_deref(p);
}

static void test_nothing_to_pay(void)
{
	struct purse *p = purse_of(0);
	struct hold *h;

	CU_ASSERT_EQUAL_FATAL(hold_of(&h, p, &free_of_charge, 0), 0);
	CU_ASSERT_EQUAL(hold_paid_ms(h), INT64_MAX);
	CU_ASSERT_EQUAL(hold_nano(h), 0);
	mem_deref(h);
	mem_deref(p);
}

static void test_without_limit(void)
{
	struct purse *p = purse_of(INT64_MAX);
	struct rate_price price;
	struct hold *h;

	CU_ASSERT_EQUAL_FATAL(hold_of(&h, p, &by_second, 0), 0);
	CU_ASSERT_EQUAL(hold_paid_ms(h), INT64_MAX);
	CU_ASSERT_EQUAL(hold_answer(h, start_us, 0), 0);
	CU_ASSERT_EQUAL(hold_settle(h, 60000, &price), 0);
	CU_ASSERT_EQUAL(price.amount_nano, 600000000);
	CU_ASSERT_EQUAL(purse_spendable(p), INT64_MAX);
	mem_deref(h);
	mem_deref(p);
}

/* Two talk of the last 100 s: each gets half. */
/* An account that was made prepaid, or was given a limit, while it talks. */
static void test_limit_comes(void)
{
	struct purse *p = purse_of(INT64_MAX);
	struct hold *h, *ringing;

	CU_ASSERT_EQUAL_FATAL(hold_of(&h, p, &by_second, 0), 0);
	CU_ASSERT_EQUAL_FATAL(hold_of(&ringing, p, &by_minute, 0), 0);
	CU_ASSERT_EQUAL(hold_answer(h, start_us, 1000), 0);
	purse_limit_set(p, 2 * unit, 31000);
	CU_ASSERT_EQUAL(hold_nano(h), 900000000);
	CU_ASSERT_EQUAL(hold_paid_ms(h), 90000);
	CU_ASSERT_EQUAL(hold_nano(ringing), 600000000);
	CU_ASSERT_EQUAL(purse_held(p), 1500000000);
	purse_limit_set(p, INT64_MIN, 41000);
	CU_ASSERT_EQUAL(hold_paid_ms(h), 40000);
	CU_ASSERT_EQUAL(hold_paid_ms(ringing), 60000);
	purse_limit_set(p, INT64_MAX, 41000);
	CU_ASSERT_EQUAL(hold_paid_ms(h), INT64_MAX);
	CU_ASSERT_EQUAL(hold_paid_ms(ringing), INT64_MAX);
	mem_deref(ringing);
	mem_deref(h);
	mem_deref(p);
}

/* Who would be cut at the end of the grace does not ring anybody; and leftovers reach behind it. */
static void test_grace(void)
{
	static const struct rate rate = {.per_minute_nano = 600000000,
					 .grace_s = 5,
					 .first_s = 60,
					 .next_s = 60};
	struct purse *p = purse_of(599999999);
	struct hold *h, *other;

	CU_ASSERT_EQUAL(hold_of(&h, p, &rate, 0), EDQUOT);
	purse_limit_set(p, 1900000000, 0);
	CU_ASSERT_EQUAL_FATAL(hold_of(&h, p, &rate, 0), 0);
	CU_ASSERT_EQUAL(hold_answer(h, start_us, 1000), 0);
	hold_extend(h, 56000);
	CU_ASSERT_EQUAL(hold_nano(h), 1200000000);
	CU_ASSERT_EQUAL_FATAL(hold_of(&other, p, &rate, 56000), 0);
	CU_ASSERT_EQUAL(hold_paid_ms(other), 60000);
	mem_deref(other);
	mem_deref(h);
	mem_deref(p);
}

static void test_shared_equally(void)
{
	struct purse *p = purse_of(unit);
	struct hold *a, *b;

	CU_ASSERT_EQUAL_FATAL(hold_of(&a, p, &by_second, 0), 0);
	CU_ASSERT_EQUAL(hold_paid_ms(a), 60000);
	CU_ASSERT_EQUAL_FATAL(hold_of(&b, p, &by_second, 0), 0);
	CU_ASSERT_EQUAL(hold_paid_ms(a), 50000);
	CU_ASSERT_EQUAL(hold_paid_ms(b), 50000);
	CU_ASSERT_EQUAL(purse_held(p), unit);
	mem_deref(a);
	mem_deref(b);
	mem_deref(p);
}

/* What the first has talked already is not taken from it. */
static void test_what_is_talked_stays(void)
{
	struct purse *p = purse_of(unit);
	struct hold *a, *b;

	CU_ASSERT_EQUAL_FATAL(hold_of(&a, p, &by_second, 1000), 0);
	CU_ASSERT_EQUAL(hold_answer(a, start_us, 1000), 0);
	CU_ASSERT_EQUAL_FATAL(hold_of(&b, p, &by_second, 41000), 0);
	CU_ASSERT_EQUAL(hold_paid_ms(a), 70000);
	CU_ASSERT_EQUAL(hold_paid_ms(b), 30000);
	mem_deref(a);
	mem_deref(b);
	mem_deref(p);
}

/* Who is short gets of what another gives back, and of a top-up. */
static void test_relieved(void)
{
	struct purse *p = purse_of(unit);
	struct hold *a, *b;

	CU_ASSERT_EQUAL_FATAL(hold_of(&a, p, &by_second, 0), 0);
	CU_ASSERT_EQUAL_FATAL(hold_of(&b, p, &by_second, 0), 0);
	hold_release(a, 0);
	CU_ASSERT_EQUAL(hold_paid_ms(b), 60000);
	mem_deref(a);
	CU_ASSERT_EQUAL_FATAL(hold_of(&a, p, &by_second, 0), 0);
	CU_ASSERT_EQUAL(hold_paid_ms(b), 50000);
	purse_limit_set(p, purse_spendable(p) + unit, 0);
	CU_ASSERT_EQUAL(hold_paid_ms(a), 60000);
	CU_ASSERT_EQUAL(hold_paid_ms(b), 60000);
	mem_deref(a);
	mem_deref(b);
	mem_deref(p);
}

/* A share that fills no minute is given to who can fill one with it. */
static void test_leftovers(void)
{
	struct purse *p = purse_of(5 * unit / 2); /* four minutes and a bit */
	struct hold *holdv[3];
	size_t i;

	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL_FATAL(hold_of(&holdv[i], p, &by_minute, 0), 0);
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(hold_answer(holdv[i], start_us, 1000), 0);
	for (i = 0; i < 3; i++)
		hold_extend(holdv[i], 31000);
	CU_ASSERT_EQUAL(hold_paid_ms(holdv[0]), 120000);
	CU_ASSERT_EQUAL(hold_paid_ms(holdv[1]), 60000);
	CU_ASSERT_EQUAL(hold_paid_ms(holdv[2]), 60000);
	CU_ASSERT_EQUAL(purse_held(p), 4 * INT64_C(600000000));
	for (i = 0; i < 3; i++)
		mem_deref(holdv[i]);
	mem_deref(p);
}

/* Rung at the cheap price, answered at the dear one. */
static void test_dearer_at_the_answer(void)
{
	const struct rate rate = {.per_minute_nano = 1,
				  .first_s = 60,
				  .next_s = 60,
				  .bandv = {{0x7f, 480, 600, 600000000}},
				  .bandc = 1};
	struct purse *p = purse_of(1000);
	struct hold *h;

	CU_ASSERT_EQUAL_FATAL(hold_of(&h, p, &rate, 0), 0);
	CU_ASSERT_EQUAL(hold_answer(h, start_us + INT64_C(8) * 3600 * 1000000, 1), EDQUOT);
	CU_ASSERT_EQUAL(hold_paid_ms(h), 0);
	purse_limit_set(p, purse_spendable(p) + unit, 1);
	mem_deref(h);
	mem_deref(p);
}

static void test_most_of_a_call(void)
{
	const struct hold_terms t = {.rate = &by_second,
				     .terms = &terms,
				     .slice_s = SLICE_S,
				     .most_nano = 300000000};
	struct purse *p = purse_of(INT64_MAX);
	struct hold *h = NULL;

	CU_ASSERT_EQUAL_FATAL(hold_alloc(&h, p, &t, start_us, 0), 0);
	CU_ASSERT_EQUAL(hold_paid_ms(h), 30000);
	mem_deref(h);
	purse_limit_set(p, unit, 0);
	CU_ASSERT_EQUAL_FATAL(hold_alloc(&h, p, &t, start_us, 0), 0);
	CU_ASSERT_EQUAL(hold_paid_ms(h), 30000);
	CU_ASSERT_EQUAL(purse_held(p), 300000000);
	mem_deref(h);
	mem_deref(p);
}

static void on_change(struct hold *h, void *arg)
{
	struct hold **other = arg;

	*other = mem_deref(*other);
}

/* Who is told he gets less gives another one back: nobody is told twice, nobody is told who is gone. */
static void test_told(void)
{
	struct purse *p = purse_of(unit);
	struct hold *a = NULL, *b = NULL, *c = NULL;
	const struct hold_terms t = {.rate = &by_second,
				     .terms = &terms,
				     .slice_s = SLICE_S,
				     .changeh = on_change,
				     .arg = &b};

	CU_ASSERT_EQUAL_FATAL(hold_alloc(&a, p, &t, start_us, 0), 0);
	CU_ASSERT_EQUAL_FATAL(hold_of(&b, p, &by_second, 0), 0);
	CU_ASSERT_PTR_NULL(b);
	CU_ASSERT_EQUAL_FATAL(hold_of(&c, p, &by_second, 0), 0);
	CU_ASSERT_EQUAL(purse_holds(p), 2);
	mem_deref(a);
	mem_deref(c);
	CU_ASSERT_EQUAL(purse_held(p), 0);
	mem_deref(p);
}

/* ---------------------------------------------------------------- many at random */

struct sim_call {
	struct sim *sim;
	struct hold *h;
	int64_t noted; /* what was written down of it */
	struct rate rate;
	uint64_t answer_ms; /* 0: rings */
	int64_t answer_us;
};

struct sim {
	struct purse *p;
	struct sim_call callv[CALLS];
	uint64_t now_ms;
	uint32_t seed;
	int64_t put_in, charged, noted;
	unsigned cut, refused, settled;
};

static uint32_t sim_random(struct sim *s, uint32_t below)
{
	s->seed = s->seed * 1664525 + 1013904223;

	return (s->seed >> 8) % below;
}

static int64_t sim_now_us(const struct sim *s)
{
	return start_us + (int64_t)s->now_ms * 1000;
}

static void sim_rate(struct sim *s, struct rate *rate)
{
	static const uint32_t stepv[] = {1, 6, 30, 60};

	*rate = (struct rate){.per_minute_nano = sim_random(s, 500000000),
			      .first_s = stepv[sim_random(s, 4)],
			      .next_s = stepv[sim_random(s, 4)],
			      .connect_fee_nano = sim_random(s, 3) ? 0 : sim_random(s, 100000000)};
	if (sim_random(s, 2)) {
		rate->bandc = 1;
		rate->bandv[0] =
			(struct rate_band){0x7f, (uint16_t)sim_random(s, 1440),
					   (uint16_t)(1 + sim_random(s, 1440)), sim_random(s, 900000000)};
	}
}

/* As the ledger is told: whenever somebody reads it, it must not hold more than there is. */
static void sim_note(struct sim_call *c, int64_t nano)
{
	struct sim *s = c->sim;

	s->noted += nano - c->noted;
	c->noted = nano;
	CU_ASSERT(s->noted + s->charged <= s->put_in);
}

static void sim_changed(struct hold *h, void *arg)
{
	sim_note(arg, hold_nano(h));
}

static void sim_begin(struct sim *s, struct sim_call *c)
{
	const struct hold_terms t = {.rate = &c->rate,
				     .terms = &terms,
				     .slice_s = SLICE_S,
				     .changeh = sim_changed,
				     .arg = c};

	sim_rate(s, &c->rate);
	c->sim = s;
	c->answer_ms = 0;
	s->refused += hold_alloc(&c->h, s->p, &t, sim_now_us(s), s->now_ms) == EDQUOT;
	if (c->h)
		sim_note(c, hold_nano(c->h));
}

static void sim_end(struct sim *s, struct sim_call *c)
{
	const int64_t held = hold_nano(c->h), paid_ms = hold_paid_ms(c->h);
	const int64_t talked_ms = (int64_t)(s->now_ms - c->answer_ms);
	struct rate_price price, model;

	if (!c->answer_ms) {
		sim_note(c, 0);
		hold_release(c->h, s->now_ms);
	}
	else {
		CU_ASSERT_EQUAL(hold_settle(c->h, talked_ms, &price), 0);
		CU_ASSERT_EQUAL(rate_price(&model, &c->rate, &terms, c->answer_us, MIN(talked_ms, paid_ms)),
				0);
		CU_ASSERT_EQUAL(price.amount_nano, model.amount_nano);
		CU_ASSERT(price.amount_nano <= held);
		sim_note(c, 0);
		s->charged += price.amount_nano;
		++s->settled;
		purse_limit_set(s->p, purse_spendable(s->p), s->now_ms);
	}
	c->h = mem_deref(c->h);
}

static void sim_act(struct sim *s, struct sim_call *c)
{
	if (!c->h) {
		sim_begin(s, c);
	}
	else if (!c->answer_ms && sim_random(s, 4)) {
		c->answer_ms = s->now_ms;
		c->answer_us = sim_now_us(s);
		if (hold_answer(c->h, c->answer_us, c->answer_ms))
			sim_end(s, c);
	}
	else if (!sim_random(s, 3)) {
		sim_end(s, c);
	}
}

/* Every call asks for more before its time ends, and ends there when it gets none. */
static void sim_timers(struct sim *s)
{
	struct sim_call *c;

	for (c = s->callv; c < s->callv + CALLS; c++) {

		const int64_t talked_ms = (int64_t)(s->now_ms - c->answer_ms);

		if (!c->h || !c->answer_ms)
			continue;
		if (talked_ms + 5000 >= hold_paid_ms(c->h))
			hold_extend(c->h, s->now_ms);
		if (talked_ms >= hold_paid_ms(c->h)) {
			++s->cut;
			sim_end(s, c);
		}
	}
}

static void sim_check(const struct sim *s)
{
	const struct sim_call *c;
	int64_t held = 0;

	for (c = s->callv; c < s->callv + CALLS; c++) {

		struct rate_price price;
		const int64_t paid_ms = c->h ? hold_paid_ms(c->h) : 0;

		if (!c->h)
			continue;
		held += hold_nano(c->h);
		CU_ASSERT(paid_ms > 0);
		if (paid_ms == INT64_MAX)
			continue;
		CU_ASSERT_EQUAL(rate_price(&price, &c->rate, &terms, c->answer_ms ? c->answer_us : start_us,
					   paid_ms),
				0);
		if (c->answer_ms)
			CU_ASSERT(price.amount_nano <= hold_nano(c->h));
	}

	CU_ASSERT_EQUAL(held, purse_held(s->p));
	CU_ASSERT(held <= purse_spendable(s->p));
	CU_ASSERT_EQUAL(purse_spendable(s->p), s->put_in - s->charged);
}

static void test_at_random(void)
{
	struct sim s = {.seed = 20261121, .now_ms = 1};
	unsigned i;

	s.p = purse_of(0);
	for (i = 0; i < STEPS; i++) {
		if (!sim_random(&s, 40)) {
			const int64_t more = sim_random(&s, 2000000000);

			s.put_in += more;
			purse_limit_set(s.p, purse_spendable(s.p) + more, s.now_ms);
		}
		sim_act(&s, &s.callv[sim_random(&s, CALLS)]);
		s.now_ms += sim_random(&s, 1000);
		sim_timers(&s);
		sim_check(&s);
	}

	CU_ASSERT(s.cut > 50);
	CU_ASSERT(s.refused > 100);
	CU_ASSERT(s.settled > 500);
	for (i = 0; i < CALLS; i++)
		if (s.callv[i].h)
			sim_end(&s, &s.callv[i]);
	CU_ASSERT_EQUAL(purse_held(s.p), 0);
	CU_ASSERT_EQUAL(purse_spendable(s.p), s.put_in - s.charged);
	mem_deref(s.p);
}

static const struct unit_test testv[] = {
	{"a call talks for what there is, and no longer", test_one_call},
	{"who cannot pay an interval does not call", test_not_even_an_interval},
	{"what costs nothing takes no money", test_nothing_to_pay},
	{"a purse without a limit grants all", test_without_limit},
	{"a limit that comes while calls talk holds for them, too", test_limit_comes},
	{"the first interval behind the grace is paid for before the call", test_grace},
	{"two that want the same get the same", test_shared_equally},
	{"what was talked is not shared out", test_what_is_talked_stays},
	{"who is short is relieved by what comes back or in", test_relieved},
	{"parts of an interval are put together", test_leftovers},
	{"a price that is higher at the answer than before can end the call", test_dearer_at_the_answer},
	{"a call costs no more than it may", test_most_of_a_call},
	{"who is told of a change may give holds back", test_told},
	{"100 calls at random never hold or spend more than there is, and the sum is exact", test_at_random},
	{NULL, NULL},
};

const struct unit_suite purse_suite = {"purse", testv};
