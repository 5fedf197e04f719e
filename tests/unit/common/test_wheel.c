/**
 * @file test_wheel.c  The timer wheel: against a naive model, under libre, and at its edges
 */
#include <pthread.h>
#include <re.h>
#include "unit.h"
#include "wheel.h"

struct list *tmrl_get(void); /* exported by libre, in none of its headers */

static uint64_t now_ms;

static uint64_t fake_clock(void)
{
	return now_ms;
}

static void clock_fake_begin(uint64_t start_ms)
{
	now_ms = start_ms;
	wheel_clock_set(fake_clock);
}

static void clock_fake_end(void)
{
	CU_ASSERT_EQUAL(wheel_pending(), 0);
	wheel_clock_set(NULL);
}

static void advance(uint64_t ms)
{
	now_ms += ms;
	tmr_poll(NULL);
}

/* ---- the model: every timer's expiry and start order, searched from end to end ---- */

enum { MODEL_TIMERS = 300, MODEL_OPS = 100000 };

struct model_timer {
	struct tmr tmr;
	struct model *model;
	bool running;
	uint64_t expiry_ms;
	uint64_t order;
};

struct model {
	struct model_timer timerv[MODEL_TIMERS];
	uint64_t random;
	uint64_t order;
	uint32_t running;
	uint32_t fired;
	uint32_t wrong;
};

static struct model model;

static uint32_t model_random(uint32_t below)
{
	model.random = model.random * UINT64_C(6364136223846793005) + 1442695040888963407;

	return (uint32_t)(model.random >> 33) % below;
}

/* Delays of every size the levels tell apart. */
static uint64_t model_delay(void)
{
	static const uint64_t rangev[] = {1, 3, 70, 600, 5000, 300000, UINT64_C(1) << 40, UINT64_MAX};
	const uint64_t range = rangev[model_random(ARRAY_SIZE(rangev))];

	return ((uint64_t)model_random(1u << 31) << 31 | model_random(1u << 31)) % range;
}

static const struct model_timer *model_first(void)
{
	const struct model_timer *first = NULL;
	size_t i;

	for (i = 0; i < MODEL_TIMERS; i++) {

		const struct model_timer *mt = &model.timerv[i];

		if (!mt->running)
			continue;

		if (!first || mt->expiry_ms < first->expiry_ms ||
		    (mt->expiry_ms == first->expiry_ms && mt->order < first->order))
			first = mt;
	}

	return first;
}

static void model_fired(void *arg);

static void model_start(struct model_timer *mt)
{
	const uint64_t delay = model_delay();

	model.running += !mt->running;
	mt->running = true;
	mt->expiry_ms = delay < UINT64_MAX - now_ms ? now_ms + delay : UINT64_MAX;
	mt->order = model.order++;
	tmr_start(&mt->tmr, delay, model_fired, mt);
}

static void model_cancel(struct model_timer *mt)
{
	model.running -= mt->running;
	mt->running = false;
	tmr_cancel(&mt->tmr);
}

static struct model_timer *model_any(void)
{
	return &model.timerv[model_random(MODEL_TIMERS)];
}

static void model_fired(void *arg)
{
	struct model_timer *mt = arg;

	if (model_first() != mt || mt->expiry_ms > now_ms || tmr_isrunning(&mt->tmr))
		++model.wrong;

	mt->running = false;
	--model.running;
	++model.fired;

	/* Half of the handlers touch others, among them some that are due in this same poll. */
	switch (model_random(6)) {
	case 0:
		model_start(mt);
		break;
	case 1:
		model_start(model_any());
		break;
	case 2:
		model_cancel(model_any());
		break;
	default:
		break;
	}
}

static void model_check_sleep(void)
{
	const struct model_timer *first = model_first();
	const uint64_t sleep_ms = tmr_next_timeout(NULL);

	if (!first) {
		model.wrong += sleep_ms != 0;
		return;
	}

	if (!sleep_ms || (sleep_ms > 1 && sleep_ms > first->expiry_ms - now_ms))
		++model.wrong;
}

static void model_poll(uint64_t ms)
{
	const struct model_timer *first;

	advance(ms);
	first = model_first();
	if (first && first->expiry_ms <= now_ms)
		++model.wrong;
}

static void model_step(void)
{
	switch (model_random(10)) {
	case 0:
		model_poll(0);
		break;
	case 1:
		model_poll(1);
		break;
	case 2:
		model_poll(model_random(100));
		break;
	case 3:
		model_poll(model_random(100) ? model_random(20000) : model_delay() >> 8);
		break;
	case 4:
	case 5:
		model_cancel(model_any());
		break;
	default:
		model_start(model_any());
		break;
	}

	model_check_sleep();
	if (wheel_pending() != model.running)
		++model.wrong;
}

static void test_model(void)
{
	uint32_t i;

	memset(&model, 0, sizeof(model));
	model.random = 20260102;
	clock_fake_begin(987654321);

	for (i = 0; i < MODEL_OPS; i++)
		model_step();

	CU_ASSERT_EQUAL(model.wrong, 0);
	CU_ASSERT(model.fired > MODEL_OPS / 20);

	for (i = 0; i < MODEL_TIMERS; i++)
		model_cancel(&model.timerv[i]);
	clock_fake_end();
}

/* ---- single rules ---- */

struct probe {
	struct tmr tmr;
	char name;
	struct probe *other;
};

static char fired[32];

static void fired_clear(void)
{
	memset(fired, 0, sizeof(fired));
}

static void fired_add(char name)
{
	const size_t len = strlen(fired);

	if (len + 1 < sizeof(fired))
		fired[len] = name;
}

static void note(void *arg)
{
	const struct probe *probe = arg;

	fired_add(probe->name);
}

static void probe_start(struct probe *probe, char name, uint64_t delay)
{
	probe->name = name;
	tmr_start(&probe->tmr, delay, note, probe);
}

static void test_order(void)
{
	struct probe probev[5];

	memset(probev, 0, sizeof(probev));
	fired_clear();
	clock_fake_begin(1000000 - 1);

	probe_start(&probev[0], 'd', 5000); /* from far off, through two cascades */
	probe_start(&probev[1], 'e', 5001);
	advance(4000);
	probe_start(&probev[2], 'x', 1000); /* the same millisecond as 'd', started later */
	advance(990);
	probe_start(&probev[3], 'y', 10);
	probe_start(&probev[4], 'a', 3);
	advance(11);

	CU_ASSERT_STRING_EQUAL(fired, "adxye");
	clock_fake_end();
}

static void test_null_handler_cancels(void)
{
	struct probe probe = {.name = 'a'};

	fired_clear();
	clock_fake_begin(5);
	tmr_cancel(&probe.tmr);
	tmr_cancel(NULL);
	tmr_start(NULL, 1, note, NULL);

	probe_start(&probe, 'a', 1);
	CU_ASSERT(tmr_isrunning(&probe.tmr));
	tmr_start(&probe.tmr, 1, NULL, NULL);
	CU_ASSERT_FALSE(tmr_isrunning(&probe.tmr));
	advance(10);

	CU_ASSERT_STRING_EQUAL(fired, "");
	clock_fake_end();
}

static void restart_at_once(void *arg)
{
	struct probe *probe = arg;

	fired_add('0');
	probe_start(probe, 'z', 0);
}

static void test_zero_delay(void)
{
	struct probe late = {.name = 'l'}, zero = {.name = 'z'};

	fired_clear();
	clock_fake_begin(64);

	probe_start(&late, 'l', 3);
	now_ms += 3;
	tmr_start(&zero.tmr, 0, restart_at_once, &zero);
	CU_ASSERT_EQUAL(tmr_next_timeout(NULL), 1);
	CU_ASSERT_EQUAL(tmr_get_expire(&zero.tmr), 0);
	tmr_poll(NULL);

	CU_ASSERT_STRING_EQUAL(fired, "l0z");
	clock_fake_end();
}

static void cancel_other(void *arg)
{
	struct probe *probe = arg;

	fired_add(probe->name);
	tmr_cancel(&probe->other->tmr);
}

static void test_handler_cancels_due(void)
{
	struct probe first = {.name = 'f'}, second = {.name = 's'};

	fired_clear();
	clock_fake_begin(1);
	first.other = &second;
	tmr_start(&first.tmr, 2, cancel_other, &first);
	probe_start(&second, 's', 2);
	advance(100);

	CU_ASSERT_STRING_EQUAL(fired, "f");
	clock_fake_end();
}

static void probe_destructor(void *data)
{
	struct probe *probe = data;

	tmr_cancel(&probe->tmr);
}

static void free_both(void *arg)
{
	struct probe *probe = arg;

	fired_add('f');
	mem_deref(probe->other);
	mem_deref(probe);
}

static void test_handler_frees(void)
{
	struct probe *a = mem_zalloc(sizeof(*a), probe_destructor);
	struct probe *b = mem_zalloc(sizeof(*b), probe_destructor);

	fired_clear();
	clock_fake_begin(1);
	a->other = b;
	tmr_start(&a->tmr, 7, free_both, a);
	probe_start(b, 'b', 7);
	advance(7);

	CU_ASSERT_STRING_EQUAL(fired, "f");
	clock_fake_end();
}

static void test_far_timer_wakes_seldom(void)
{
	struct probe probe = {.name = 'p'};
	uint32_t turns = 0;
	uint64_t ms;

	fired_clear();
	clock_fake_begin(123456789);
	probe_start(&probe, 'p', 32000);
	CU_ASSERT_EQUAL(tmr_get_expire(&probe.tmr), 32000);

	while ((ms = tmr_next_timeout(NULL)) && ++turns < 100)
		advance(ms);

	CU_ASSERT_STRING_EQUAL(fired, "p");
	CU_ASSERT_EQUAL(now_ms, 123456789 + 32000);
	CU_ASSERT(turns <= 4);
	clock_fake_end();
}

static void test_sleep_fits_int(void)
{
	struct probe probe = {.name = 'p'};

	fired_clear();
	clock_fake_begin(1);
	probe_start(&probe, 'p', UINT64_MAX);
	CU_ASSERT(tmr_next_timeout(NULL) > 0);
	CU_ASSERT(tmr_next_timeout(NULL) <= INT32_MAX);
	advance(UINT64_MAX / 2);
	CU_ASSERT_STRING_EQUAL(fired, "");
	tmr_cancel(&probe.tmr);
	clock_fake_end();
}

static void test_idle_gap(void)
{
	struct probe probe = {.name = 'p'};

	fired_clear();
	clock_fake_begin(10);
	advance(UINT64_C(1) << 45);
	probe_start(&probe, 'p', 20);
	advance(19);
	CU_ASSERT_STRING_EQUAL(fired, "");
	advance(1);
	CU_ASSERT_STRING_EQUAL(fired, "p");
	clock_fake_end();
}

static void *thread_pending(void *arg)
{
	struct probe probe = {.name = 't'};

	probe_start(&probe, 't', 1000);
	*(uint32_t *)arg = wheel_pending();
	tmr_cancel(&probe.tmr);

	return NULL;
}

static void test_wheel_per_thread(void)
{
	struct probe probe = {.name = 'm'};
	uint32_t pending = 99;
	pthread_t thread;

	probe_start(&probe, 'm', 1000);
	probe_start(&probe, 'm', 2000);
	CU_ASSERT_EQUAL(pthread_create(&thread, NULL, thread_pending, &pending), 0);
	CU_ASSERT_EQUAL(pthread_join(thread, NULL), 0);

	CU_ASSERT_EQUAL(pending, 1);
	CU_ASSERT_EQUAL(wheel_pending(), 1);
	tmr_cancel(&probe.tmr);
}

/* ---- under libre ---- */

static void test_replaces_libre(void)
{
	CU_ASSERT_TRUE(wheel_replaces_libre());
	CU_ASSERT_EQUAL(wheel_pending(), 0);
}

static void stop_loop(void *arg)
{
	(void)arg;
	fired_add('!');
	re_cancel();
}

static uint32_t queries;

static void query_arrived(const struct sa *src, struct mbuf *mb, void *arg)
{
	if (++queries == 2)
		re_cancel();
}

static void query_answered(int err, const struct dnshdr *hdr, struct list *ansl, struct list *authl,
			   struct list *addl, void *arg)
{
}

/* A name server that keeps silent: libre's DNS client sends again when its timer fires. */
static void test_libre_client(void)
{
	struct probe watchdog = {.name = 'w'};
	struct udp_sock *us = NULL;
	struct dns_query *query = NULL;
	struct dnsc *dnsc = NULL;
	struct sa addr;

	fired_clear();
	queries = 0;
	(void)sa_set_str(&addr, "127.0.0.1", 0);
	CU_ASSERT_EQUAL_FATAL(udp_listen(&us, &addr, query_arrived, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(udp_local_get(us, &addr), 0);
	CU_ASSERT_EQUAL_FATAL(dnsc_alloc(&dnsc, NULL, &addr, 1), 0);

	CU_ASSERT_EQUAL(wheel_pending(), 0);
	CU_ASSERT_EQUAL(dnsc_query(&query, dnsc, "tandem.example", DNS_TYPE_A, DNS_CLASS_IN, true,
				   query_answered, NULL),
			0);
	CU_ASSERT_EQUAL(wheel_pending(), 1);

	tmr_start(&watchdog.tmr, 20000, stop_loop, NULL);
	(void)re_main(NULL);
	tmr_cancel(&watchdog.tmr);

	CU_ASSERT_EQUAL(queries, 2);
	mem_deref(query);
	mem_deref(dnsc);
	mem_deref(us);
	CU_ASSERT_EQUAL(wheel_pending(), 0);
}

static void test_bypass(void)
{
	struct probe probe = {.name = 'p'};

	fired_clear();
	wheel_bypass(true);
	tmr_start(&probe.tmr, 5, stop_loop, &probe);
	CU_ASSERT_EQUAL(wheel_pending(), 0);
	CU_ASSERT(tmr_get_expire(&probe.tmr) <= 5);
	CU_ASSERT(tmr_next_timeout(tmrl_get()) > 0);
	CU_ASSERT_FALSE(wheel_replaces_libre());
	(void)re_main(NULL);
	CU_ASSERT_STRING_EQUAL(fired, "!");
	wheel_bypass(false);
	CU_ASSERT_TRUE(wheel_replaces_libre());
}

static const struct unit_test testv[] = {
	{"timers fire as in a sorted list, through 100000 random steps", test_model},
	{"timers of one millisecond fire in the order they were started", test_order},
	{"a NULL handler cancels", test_null_handler_cancels},
	{"a zero delay runs behind what is due, in the same poll", test_zero_delay},
	{"a handler may cancel a timer due in the same millisecond", test_handler_cancels_due},
	{"a handler may free its own timer and another", test_handler_frees},
	{"a far timer costs a few turns and is not late", test_far_timer_wakes_seldom},
	{"the time-out for the loop fits an int", test_sleep_fits_int},
	{"a wheel idle for long starts timers from the present", test_idle_gap},
	{"each thread has its own wheel", test_wheel_per_thread},
	{"libre's calls arrive in the wheel", test_replaces_libre},
	{"a libre client's retransmission runs from the wheel", test_libre_client},
	{"timers fire through libre's own list where it cannot be replaced", test_bypass},
	{NULL, NULL},
};

const struct unit_suite wheel_suite = {"wheel", testv};
