/**
 * @file test_latch.c  Who may set a stream's address, when, and who no more
 */
#include <string.h>
#include <re.h>
#include "latch.h"
#include "unit.h"

static const struct sa *sa(const char *addr)
{
	static struct sa sav[8];
	static unsigned next;
	struct sa *s = &sav[next++ % ARRAY_SIZE(sav)];

	(void)sa_decode(s, addr, strlen(addr));

	return s;
}

/* As stream.c does: the known peer first. */
static enum latch_verdict judge(struct latch *l, const char *src, bool plausible)
{
	const struct latch_hint hint = {.plausible = plausible};

	return latch_hears(l, sa(src)) ? LATCH_PASS : latch_judge(l, sa(src), &hint);
}

static bool sends_to(const struct latch *l, const char *addr)
{
	const struct sa *target = latch_target(l);

	return addr ? target && sa_cmp(target, sa(addr), SA_ALL) : !target;
}

#define ANNOUNCED "10.0.0.1:4000"
#define SAME_HOST "10.0.0.1:5000"
#define NAT "192.0.2.1:6000"
#define STRANGER "198.51.100.9:6666"
#define OTHER "10.0.0.2:4000"

/** One packet, what becomes of it, and where the latch sends afterwards. */
struct step {
	const char *src;
	enum latch_verdict verdict;
	const char *target;
};

static void steps_check(struct latch *l, const struct step *s)
{
	for (; s->src; s++) {

		const enum latch_verdict verdict = judge(l, s->src, true);

		if (verdict != s->verdict || !sends_to(l, s->target))
			(void)fprintf(stderr, "\n    %s: got %d\n", s->src, verdict);
		CU_ASSERT_EQUAL(verdict, s->verdict);
		CU_ASSERT(sends_to(l, s->target));
	}
}

static void the_better_source_takes_over_while_open(void)
{
	static const struct step stepv[] = {
		{NAT, LATCH_MOVED, NAT},
		{STRANGER, LATCH_STRANGER, NAT},
		{NAT, LATCH_PASS, NAT},
		{SAME_HOST, LATCH_MOVED, SAME_HOST},
		{NAT, LATCH_STRANGER, SAME_HOST},
		{ANNOUNCED, LATCH_MOVED, ANNOUNCED},
		{SAME_HOST, LATCH_STRANGER, ANNOUNCED},
		{NULL, LATCH_PASS, NULL},
	};
	struct latch l;

	latch_open(&l, sa(ANNOUNCED));
	CU_ASSERT(sends_to(&l, ANNOUNCED));
	steps_check(&l, stepv);
}

static void once_locked_only_the_announced_address_may_move_it(void)
{
	static const struct step stepv[] = {
		{NAT, LATCH_MOVED, NAT},          {NAT, LATCH_PASS, NAT},
		{NAT, LATCH_PASS, NAT},           {NAT, LATCH_PASS, NAT},
		{NAT, LATCH_PASS, NAT},           {SAME_HOST, LATCH_STRANGER, NAT},
		{STRANGER, LATCH_STRANGER, NAT},  {ANNOUNCED, LATCH_MOVED, ANNOUNCED},
		{NAT, LATCH_STRANGER, ANNOUNCED}, {NULL, LATCH_PASS, NULL},
	};
	struct latch l;

	latch_open(&l, sa(ANNOUNCED));
	steps_check(&l, stepv);
}

static void an_implausible_packet_from_an_unknown_host_never_latches(void)
{
	struct latch l;

	latch_open(&l, sa(ANNOUNCED));
	CU_ASSERT_EQUAL(judge(&l, STRANGER, false), LATCH_STRANGER);
	CU_ASSERT_EQUAL(judge(&l, SAME_HOST, false), LATCH_MOVED);
}

static void the_same_sdp_again_changes_nothing(void)
{
	struct latch l;

	latch_open(&l, NULL);
	latch_announce(&l, sa(ANNOUNCED));
	CU_ASSERT_EQUAL(judge(&l, NAT, true), LATCH_MOVED);
	latch_announce(&l, sa(ANNOUNCED));
	CU_ASSERT(sends_to(&l, NAT));
	CU_ASSERT_EQUAL(judge(&l, NAT, true), LATCH_PASS);

	latch_open(&l, NULL);
	CU_ASSERT_EQUAL(judge(&l, NAT, true), LATCH_MOVED);
	latch_announce(&l, NULL);
	CU_ASSERT(sends_to(&l, NAT));
}

static void a_changed_sdp_opens_it_again(void)
{
	static const struct step stepv[] = {
		{ANNOUNCED, LATCH_PASS, OTHER}, /* still on its way out */
		{NAT, LATCH_MOVED, NAT},        {ANNOUNCED, LATCH_STRANGER, NAT},
		{OTHER, LATCH_MOVED, OTHER},    {NULL, LATCH_PASS, NULL},
	};
	struct latch l;

	latch_open(&l, sa(ANNOUNCED));
	CU_ASSERT_EQUAL(judge(&l, ANNOUNCED, true), LATCH_MOVED);
	latch_announce(&l, sa(OTHER));
	CU_ASSERT(sends_to(&l, OTHER));
	steps_check(&l, stepv);
}

static void a_source_that_never_leaves_is_the_peer_after_all(void)
{
	struct latch l;
	int i;

	latch_open(&l, sa(ANNOUNCED));
	CU_ASSERT_EQUAL(judge(&l, NAT, true), LATCH_MOVED);
	latch_announce(&l, sa(OTHER));

	for (i = 0; i < LATCH_LEAVING - 1; i++)
		CU_ASSERT_EQUAL(judge(&l, NAT, true), LATCH_PASS);

	CU_ASSERT(sends_to(&l, OTHER));
	CU_ASSERT_EQUAL(judge(&l, NAT, true), LATCH_MOVED);
	CU_ASSERT(sends_to(&l, NAT));
}

static void the_null_address_holds_and_the_old_one_resumes(void)
{
	struct latch l;

	latch_open(&l, sa(ANNOUNCED));
	CU_ASSERT_EQUAL(judge(&l, NAT, true), LATCH_MOVED);
	latch_announce(&l, sa("0.0.0.0:4000"));
	CU_ASSERT(sends_to(&l, NULL));
	CU_ASSERT_EQUAL(judge(&l, NAT, true), LATCH_PASS);
	latch_announce(&l, sa(ANNOUNCED));
	CU_ASSERT(sends_to(&l, NAT));
}

static void the_other_sockets_host_counts_as_announced(void)
{
	const struct latch_hint hint = {.kin = sa(NAT), .plausible = true};
	struct latch l;

	latch_open(&l, sa(ANNOUNCED));
	CU_ASSERT_EQUAL(latch_judge(&l, sa(STRANGER), &hint), LATCH_STRANGER);
	CU_ASSERT_EQUAL(latch_judge(&l, sa("192.0.2.1:7777"), &hint), LATCH_MOVED);
	CU_ASSERT_EQUAL(l.rank, LATCH_RANK_HOST);
}

static void what_may_be_sent_to(void)
{
	static const struct {
		const char *addr;
		bool usable;
	} vectorv[] = {
		{"192.0.2.1:1", true},     {"127.0.0.1:4000", true},  {"10.1.2.3:65535", true},
		{"192.0.2.1:0", false},    {"0.0.0.0:4000", false},   {"0.1.2.3:4000", false},
		{"224.0.0.1:4000", false}, {"239.9.9.9:4000", false}, {"255.255.255.255:4000", false},
		{"240.0.0.1:4000", false}, {"[2001:db8::1]:1", true}, {"[::1]:4000", true},
		{"[ff02::1]:4000", false}, {"[::]:4000", false},      {"[2001:db8::1]:0", false},
	};
	struct sa unset;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++)
		CU_ASSERT_EQUAL(latch_usable(sa(vectorv[i].addr)), vectorv[i].usable);

	sa_init(&unset, AF_UNSPEC);
	CU_ASSERT(!latch_usable(&unset));
}

static const struct unit_test testv[] = {
	{"while open, a source that fits better takes over, others do not",
	 the_better_source_takes_over_while_open},
	{"once locked, only the announced address may move it",
	 once_locked_only_the_announced_address_may_move_it},
	{"an implausible packet from an unknown host never latches",
	 an_implausible_packet_from_an_unknown_host_never_latches},
	{"the same SDP again changes nothing", the_same_sdp_again_changes_nothing},
	{"a changed SDP opens it again, and the old source is heard until then",
	 a_changed_sdp_opens_it_again},
	{"a source that never leaves is the peer after all",
	 a_source_that_never_leaves_is_the_peer_after_all},
	{"the null address holds, the old one resumes", the_null_address_holds_and_the_old_one_resumes},
	{"the host of the other socket counts as announced", the_other_sockets_host_counts_as_announced},
	{"null, multicast and broadcast addresses are no targets", what_may_be_sent_to},
	{NULL, NULL},
};

const struct unit_suite latch_suite = {"latch", testv};
