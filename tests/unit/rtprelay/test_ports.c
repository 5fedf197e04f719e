/**
 * @file test_ports.c  Port pairs: even and odd, resting before they are used again
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <re.h>
#include "clock.h"
#include "ports.h"
#include "unit.h"

enum { PORT_MIN = 41001, PORT_MAX = 41008, PAIRS = 3, QUARANTINE_S = 10 };

static uint64_t now_ms;

static uint64_t fake_clock(void)
{
	return now_ms;
}

struct fixture {
	struct ports *ports;
	struct sa local;
	struct port_pair *pairv[PAIRS + 1];
};

static void fixture_init(struct fixture *f)
{
	const struct ports_config cfg = {.port_min = PORT_MIN,
					 .port_max = PORT_MAX,
					 .quarantine_s = QUARANTINE_S};

	memset(f, 0, sizeof(*f));
	now_ms = 1000000;
	clock_mono_set(fake_clock);
	(void)sa_set_str(&f->local, "127.0.0.9", 0);
	CU_ASSERT_EQUAL_FATAL(ports_alloc(&f->ports, &cfg), 0);
}

static void fixture_close(struct fixture *f)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(f->pairv); i++)
		mem_deref(f->pairv[i]);
	mem_deref(f->ports);
	clock_mono_set(NULL);
}

static int take(struct fixture *f, unsigned i)
{
	return ports_bind(&f->pairv[i], f->ports, &f->local);
}

static uint16_t bound_port(int fd)
{
	struct sa sa = {.len = sizeof(sa.u)};

	(void)getsockname(fd, &sa.u.sa, &sa.len);

	return sa_port(&sa);
}

static void a_pair_is_even_and_odd_and_bound(void)
{
	struct fixture f;
	unsigned i;

	fixture_init(&f);

	for (i = 0; i < PAIRS; i++) {

		CU_ASSERT_EQUAL_FATAL(take(&f, i), 0);
		CU_ASSERT_EQUAL(sa_port(&f.pairv[i]->local) % 2, 0);
		CU_ASSERT(sa_port(&f.pairv[i]->local) >= PORT_MIN);
		CU_ASSERT(sa_port(&f.pairv[i]->local) + 1 <= PORT_MAX);
		CU_ASSERT_EQUAL(bound_port(f.pairv[i]->fdv[0]), sa_port(&f.pairv[i]->local));
		CU_ASSERT_EQUAL(bound_port(f.pairv[i]->fdv[1]), sa_port(&f.pairv[i]->local) + 1);
	}

	fixture_close(&f);
}

static void the_last_pair_taken_there_is_no_more(void)
{
	struct fixture f;
	unsigned i;

	fixture_init(&f);
	for (i = 0; i < PAIRS; i++)
		CU_ASSERT_EQUAL_FATAL(take(&f, i), 0);
	CU_ASSERT_EQUAL(take(&f, PAIRS), ENOSPC);
	fixture_close(&f);
}

static void a_pair_given_back_rests_for_the_quarantine(void)
{
	struct ports_count count;
	struct fixture f;
	uint16_t port;
	unsigned i;

	fixture_init(&f);
	for (i = 0; i < PAIRS; i++)
		CU_ASSERT_EQUAL_FATAL(take(&f, i), 0);

	port = sa_port(&f.pairv[1]->local);
	f.pairv[1] = mem_deref(f.pairv[1]);
	CU_ASSERT_EQUAL(take(&f, 1), ENOSPC);
	CU_ASSERT_EQUAL(ports_count(f.ports, &count, 1), 1);
	CU_ASSERT_EQUAL(count.total, PAIRS);
	CU_ASSERT_EQUAL(count.used, PAIRS - 1);
	CU_ASSERT_EQUAL(count.quarantined, 1);

	now_ms += QUARANTINE_S * 1000 - 1;
	CU_ASSERT_EQUAL(take(&f, 1), ENOSPC);
	++now_ms;
	CU_ASSERT_EQUAL_FATAL(take(&f, 1), 0);
	CU_ASSERT_EQUAL(sa_port(&f.pairv[1]->local), port);

	fixture_close(&f);
}

static void the_pair_longest_at_rest_is_next(void)
{
	uint16_t portv[PAIRS];
	struct fixture f;
	unsigned i;

	fixture_init(&f);
	for (i = 0; i < PAIRS; i++) {
		CU_ASSERT_EQUAL_FATAL(take(&f, i), 0);
		portv[i] = sa_port(&f.pairv[i]->local);
	}
	for (i = 0; i < PAIRS; i++)
		f.pairv[i] = mem_deref(f.pairv[i]);

	now_ms += QUARANTINE_S * 1000;
	for (i = 0; i < PAIRS; i++) {
		CU_ASSERT_EQUAL_FATAL(take(&f, i), 0);
		CU_ASSERT_EQUAL(sa_port(&f.pairv[i]->local), portv[i]);
	}

	fixture_close(&f);
}

static void a_port_held_by_others_is_passed_over(void)
{
	struct fixture f;
	struct sa sa;
	unsigned i;
	int fd;

	fixture_init(&f);
	(void)sa_set_str(&sa, "127.0.0.9", 41005);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	CU_ASSERT_EQUAL_FATAL(bind(fd, &sa.u.sa, sa.len), 0);

	for (i = 0; i < PAIRS - 1; i++) {
		CU_ASSERT_EQUAL_FATAL(take(&f, i), 0);
		CU_ASSERT_NOT_EQUAL(sa_port(&f.pairv[i]->local), 41004);
	}
	CU_ASSERT_EQUAL(take(&f, i), ENOSPC);

	(void)close(fd);
	now_ms += QUARANTINE_S * 1000;
	CU_ASSERT_EQUAL(take(&f, i), 0);

	fixture_close(&f);
}

static void our_own_ports_are_known_while_bound(void)
{
	struct fixture f;
	struct sa sa;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(take(&f, 0), 0);

	sa = f.pairv[0]->local;
	CU_ASSERT(ports_is_ours(f.ports, &sa));
	sa_set_port(&sa, (uint16_t)(sa_port(&sa) + 1));
	CU_ASSERT(ports_is_ours(f.ports, &sa));

	(void)sa_set_str(&sa, "127.0.0.10", sa_port(&sa));
	CU_ASSERT(!ports_is_ours(f.ports, &sa));
	sa = f.pairv[0]->local;
	sa_set_port(&sa, PORT_MIN - 1);
	CU_ASSERT(!ports_is_ours(f.ports, &sa));
	sa_set_port(&sa, PORT_MAX);
	CU_ASSERT(!ports_is_ours(f.ports, &sa));

	sa = f.pairv[0]->local;
	f.pairv[0] = mem_deref(f.pairv[0]);
	CU_ASSERT(!ports_is_ours(f.ports, &sa));

	fixture_close(&f);
}

static void an_address_not_ours_takes_no_place(void)
{
	struct ports_count count;
	struct port_pair *pair;
	struct fixture f;
	struct sa sa;

	fixture_init(&f);
	(void)sa_set_str(&sa, "192.0.2.1", 0);
	CU_ASSERT_EQUAL(ports_bind(&pair, f.ports, &sa), EADDRNOTAVAIL);
	CU_ASSERT_EQUAL(ports_count(f.ports, &count, 1), 0);
	fixture_close(&f);
}

static void a_range_without_a_pair_is_refused(void)
{
	static const struct {
		uint16_t min, max;
		int err;
	} vectorv[] = {{41000, 41001, 0}, {41001, 41002, EINVAL}, {41001, 41003, 0}, {41000, 41000, EINVAL}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		const struct ports_config cfg = {.port_min = vectorv[i].min, .port_max = vectorv[i].max};
		struct ports *ports = NULL;

		CU_ASSERT_EQUAL(ports_alloc(&ports, &cfg), vectorv[i].err);
		mem_deref(ports);
	}
}

static void stop(void *arg)
{
	(void)arg;
	re_cancel();
}

/* Let the loop do what it does while nothing else is to be done. */
static void rest_ms(uint64_t ms)
{
	struct tmr tmr = {.le = LE_INIT};

	tmr_start(&tmr, ms, stop, NULL);
	(void)re_main(NULL);
}

static void fixture_init_wide(struct fixture *f)
{
	const struct ports_config cfg = {.port_min = 42000, .port_max = 42127, .quarantine_s = QUARANTINE_S};

	memset(f, 0, sizeof(*f));
	(void)sa_set_str(&f->local, "127.0.0.9", 0);
	CU_ASSERT_EQUAL_FATAL(ports_alloc(&f->ports, &cfg), 0);
}

static void pairs_that_are_ready_are_nobodys_yet(void)
{
	struct ports_count count;
	struct fixture f;
	struct sa sa;
	uint16_t port;
	unsigned used = 0;

	fixture_init_wide(&f);
	CU_ASSERT_EQUAL_FATAL(take(&f, 0), 0);
	rest_ms(100);
	CU_ASSERT_EQUAL_FATAL(ports_count(f.ports, &count, 1), 1);
	CU_ASSERT_EQUAL(count.used, 1);
	CU_ASSERT_EQUAL(count.total, 64);

	sa = f.local;
	for (port = 42000; port < 42128; port++) {
		sa_set_port(&sa, port);
		used += ports_is_ours(f.ports, &sa);
	}
	CU_ASSERT_EQUAL(used, 2); /* the one pair's */

	fixture_close(&f);
}

static void all_pairs_can_be_had_also_those_that_are_ready(void)
{
	struct port_pair *pairv[64] = {NULL}, *more;
	struct fixture f;
	unsigned i;

	fixture_init_wide(&f);
	CU_ASSERT_EQUAL_FATAL(take(&f, 0), 0);
	rest_ms(100);

	for (i = 0; i < 63; i++)
		CU_ASSERT_EQUAL(ports_bind(&pairv[i], f.ports, &f.local), 0);
	CU_ASSERT_EQUAL(ports_bind(&more, f.ports, &f.local), ENOSPC);

	for (i = 0; i < 63; i++)
		mem_deref(pairv[i]);
	fixture_close(&f);
}

static void what_came_to_a_pair_before_it_was_given_out_is_dropped(void)
{
	struct fixture f;
	struct sa sa;
	uint16_t port;
	uint8_t byte;
	int fd;

	fixture_init_wide(&f);
	CU_ASSERT_EQUAL_FATAL(take(&f, 0), 0);
	rest_ms(100);

	fd = socket(AF_INET, SOCK_DGRAM, 0);
	sa = f.local;
	for (port = 42000; port < 42128; port++) {
		sa_set_port(&sa, port);
		(void)sendto(fd, "x", 1, 0, &sa.u.sa, sa.len);
	}
	(void)close(fd);
	CU_ASSERT_EQUAL(recv(f.pairv[0]->fdv[0], &byte, 1, 0), 1);

	CU_ASSERT_EQUAL_FATAL(take(&f, 1), 0);
	CU_ASSERT_EQUAL(recv(f.pairv[1]->fdv[0], &byte, 1, 0), -1);
	CU_ASSERT_EQUAL(recv(f.pairv[1]->fdv[1], &byte, 1, 0), -1);

	fixture_close(&f);
}

static const struct unit_test testv[] = {
	{"a pair is even and odd, and bound", a_pair_is_even_and_odd_and_bound},
	{"when the last pair is taken there is no more", the_last_pair_taken_there_is_no_more},
	{"a pair given back rests for the quarantine", a_pair_given_back_rests_for_the_quarantine},
	{"the pair longest at rest is next", the_pair_longest_at_rest_is_next},
	{"a port held by others is passed over", a_port_held_by_others_is_passed_over},
	{"our own ports are known while bound", our_own_ports_are_known_while_bound},
	{"an address that is not ours takes no place", an_address_not_ours_takes_no_place},
	{"pairs that are ready are nobody's yet", pairs_that_are_ready_are_nobodys_yet},
	{"all pairs can be had, also those that are ready", all_pairs_can_be_had_also_those_that_are_ready},
	{"what came to a pair before it was given out is dropped",
	 what_came_to_a_pair_before_it_was_given_out_is_dropped},
	{"a range without a pair is refused", a_range_without_a_pair_is_refused},
	{NULL, NULL},
};

const struct unit_suite ports_suite = {"ports", testv};
