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

/** A packet: its source, and the sequence number it adds to the last one of the test. */
static struct packet_rtp sent = {.ssrc = 0x5eed};

static struct latch_hint next_hint(void)
{
	++sent.seq;

	return (struct latch_hint){.rtp = &sent, .plausible = true};
}

/* As stream.c does: the locked peer first. */
static enum latch_verdict judge_hint(struct latch *l, const char *src, const struct latch_hint *hint)
{
	return latch_hears(l, sa(src)) ? LATCH_PASS : latch_judge(l, sa(src), hint);
}

static enum latch_verdict judge(struct latch *l, const char *src)
{
	const struct latch_hint hint = next_hint();

	return judge_hint(l, src, &hint);
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

		const enum latch_verdict verdict = judge(l, s->src);

		if (verdict != s->verdict || !sends_to(l, s->target))
			(void)fprintf(stderr, "\n    %s: got %d\n", s->src, verdict);
		CU_ASSERT_EQUAL(verdict, s->verdict);
		CU_ASSERT(sends_to(l, s->target));
	}
}

/* Bring a latch to hold `src`, with so many packets counted. */
static void held_by(struct latch *l, const char *src, unsigned packets)
{
	struct latch_hint hint = next_hint();
	unsigned i;

	memset(l, 0, sizeof(*l));
	latch_open(l, sa(ANNOUNCED));
	(void)latch_judge(l, sa(src), &hint);

	for (i = 0; i < packets; i++) {
		hint = next_hint();
		(void)latch_judge(l, sa(src), &hint);
	}

	l->passed = (uint8_t)packets;
	CU_ASSERT(sa_cmp(&l->peer, sa(src), SA_ALL));
}

enum state { OPEN, HELD, LOCKED, STATES };

/* The table at the top of latch.h. */
static const struct {
	const char *name;
	const char *held; /* the peer in the states but the first */
	const char *src;
	struct latch_hint hint;
	bool handover;
	enum latch_verdict verdictv[STATES];
} rowv[] = {
	{"authentic, over the best",
	 ANNOUNCED,
	 STRANGER,
	 {.authentic = true},
	 false,
	 {LATCH_MOVED, LATCH_MOVED, LATCH_MOVED}},
	{"the SDP's address, over an unknown host",
	 NAT,
	 ANNOUNCED,
	 {.plausible = false},
	 false,
	 {LATCH_MOVED, LATCH_MOVED, LATCH_MOVED}},
	{"the SDP's address, over its host",
	 SAME_HOST,
	 ANNOUNCED,
	 {.plausible = false},
	 false,
	 {LATCH_MOVED, LATCH_MOVED, LATCH_MOVED}},
	{"the SDP's host, over an unknown host",
	 NAT,
	 SAME_HOST,
	 {.plausible = false},
	 false,
	 {LATCH_MOVED, LATCH_MOVED, LATCH_STRANGER}},
	{"the SDP's host, over another of its ports",
	 SAME_HOST,
	 "10.0.0.1:5001",
	 {.plausible = true},
	 false,
	 {LATCH_MOVED, LATCH_STRANGER, LATCH_STRANGER}},
	{"the SDP's host, over its address",
	 ANNOUNCED,
	 SAME_HOST,
	 {.plausible = true},
	 false,
	 {LATCH_MOVED, LATCH_STRANGER, LATCH_STRANGER}},
	{"an unknown host, over another",
	 NAT,
	 STRANGER,
	 {.plausible = true},
	 false,
	 {LATCH_UNPROVEN, LATCH_STRANGER, LATCH_STRANGER}},
	{"an unknown host, over the SDP's",
	 SAME_HOST,
	 STRANGER,
	 {.plausible = true},
	 false,
	 {LATCH_UNPROVEN, LATCH_STRANGER, LATCH_STRANGER}},
	{"an unknown host with the peer's SSRC",
	 NAT,
	 STRANGER,
	 {.plausible = true, .familiar = true},
	 false,
	 {LATCH_UNPROVEN, LATCH_STRANGER, LATCH_STRANGER}},
	{"the same where handover is allowed",
	 NAT,
	 STRANGER,
	 {.plausible = true, .familiar = true},
	 true,
	 {LATCH_UNPROVEN, LATCH_MOVED, LATCH_MOVED}},
	{"handover without the peer's SSRC",
	 NAT,
	 STRANGER,
	 {.plausible = true},
	 true,
	 {LATCH_UNPROVEN, LATCH_STRANGER, LATCH_STRANGER}},
	{"handover with a foreign payload type",
	 NAT,
	 STRANGER,
	 {.familiar = true},
	 true,
	 {LATCH_STRANGER, LATCH_STRANGER, LATCH_STRANGER}},
	{"anybody else",
	 NAT,
	 STRANGER,
	 {.plausible = false},
	 false,
	 {LATCH_STRANGER, LATCH_STRANGER, LATCH_STRANGER}},
	{"the peer itself", NAT, NAT, {.plausible = true}, false, {LATCH_UNPROVEN, LATCH_PASS, LATCH_PASS}},
};

static void every_row_of_the_table_holds(void)
{
	size_t i;
	unsigned state;

	for (i = 0; i < ARRAY_SIZE(rowv); i++) {
		for (state = OPEN; state < STATES; state++) {

			struct latch_hint hint = rowv[i].hint;
			enum latch_verdict verdict;
			struct latch l = {.rank = LATCH_RANK_NONE};

			hint.rtp = &sent;
			if (state == OPEN)
				latch_open(&l, sa(ANNOUNCED));
			else
				held_by(&l, rowv[i].held, state == HELD ? 2 : LATCH_WINDOW);

			l.rules.handover = rowv[i].handover;
			++sent.seq;
			verdict = judge_hint(&l, rowv[i].src, &hint);
			if (verdict != rowv[i].verdictv[state])
				(void)fprintf(stderr, "\n    %s, state %u: got %d\n", rowv[i].name, state,
					      verdict);
			CU_ASSERT_EQUAL(verdict, rowv[i].verdictv[state]);
			CU_ASSERT_EQUAL(sends_to(&l, rowv[i].src),
					verdict == LATCH_MOVED || verdict == LATCH_PASS);
		}
	}
}

static void the_better_source_takes_over_while_open(void)
{
	static const struct step stepv[] = {
		{NAT, LATCH_UNPROVEN, ANNOUNCED},
		{NAT, LATCH_MOVED, NAT},
		{STRANGER, LATCH_STRANGER, NAT},
		{NAT, LATCH_PASS, NAT},
		{SAME_HOST, LATCH_MOVED, SAME_HOST},
		{NAT, LATCH_STRANGER, SAME_HOST},
		{ANNOUNCED, LATCH_MOVED, ANNOUNCED},
		{SAME_HOST, LATCH_STRANGER, ANNOUNCED},
		{NULL, LATCH_PASS, NULL},
	};
	struct latch l = {.rank = LATCH_RANK_NONE};

	latch_open(&l, sa(ANNOUNCED));
	CU_ASSERT(sends_to(&l, ANNOUNCED));
	steps_check(&l, stepv);
}

static void once_locked_only_the_announced_address_may_move_it(void)
{
	static const struct step stepv[] = {
		{NAT, LATCH_UNPROVEN, ANNOUNCED},
		{NAT, LATCH_MOVED, NAT},
		{NAT, LATCH_PASS, NAT},
		{NAT, LATCH_PASS, NAT},
		{NAT, LATCH_PASS, NAT},
		{NAT, LATCH_PASS, NAT},
		{SAME_HOST, LATCH_STRANGER, NAT},
		{STRANGER, LATCH_STRANGER, NAT},
		{ANNOUNCED, LATCH_MOVED, ANNOUNCED},
		{NAT, LATCH_STRANGER, ANNOUNCED},
		{NULL, LATCH_PASS, NULL},
	};
	struct latch l = {.rank = LATCH_RANK_NONE};

	latch_open(&l, sa(ANNOUNCED));
	steps_check(&l, stepv);
}

/* What the tools of RTP bleed do: one and the same packet to every port, again and again. */
static void a_packet_that_only_repeats_itself_proves_nothing(void)
{
	const struct packet_rtp same = {.ssrc = 0xef0a07de, .seq = 0xee3c};
	const struct latch_hint hint = {.rtp = &same, .plausible = true};
	struct latch l = {.rank = LATCH_RANK_NONE};
	int i;

	latch_open(&l, sa(ANNOUNCED));
	for (i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(judge_hint(&l, STRANGER, &hint), LATCH_UNPROVEN);
	CU_ASSERT(sends_to(&l, ANNOUNCED));

	/* and it does not keep out who is behind a NAT */
	CU_ASSERT_EQUAL(judge(&l, NAT), LATCH_UNPROVEN);
	for (i = 0; i < 10; i++)
		(void)judge_hint(&l, STRANGER, &hint);
	CU_ASSERT_EQUAL(judge(&l, NAT), LATCH_MOVED);
	CU_ASSERT_EQUAL(judge_hint(&l, STRANGER, &hint), LATCH_STRANGER);
}

static void order_is_told_as_rfc_3550_does(void)
{
	static const struct {
		uint16_t before, seq;
		uint32_t ssrc;
		enum latch_verdict verdict;
	} vectorv[] = {
		{100, 101, 1, LATCH_MOVED},    {100, 103, 1, LATCH_MOVED},    {65535, 0, 1, LATCH_MOVED},
		{100, 100, 1, LATCH_UNPROVEN}, {100, 99, 1, LATCH_UNPROVEN},  {100, 3100, 1, LATCH_UNPROVEN},
		{100, 101, 2, LATCH_UNPROVEN}, {0, 65535, 1, LATCH_UNPROVEN},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		struct packet_rtp rtp = {.ssrc = 1, .seq = vectorv[i].before};
		const struct latch_hint hint = {.rtp = &rtp, .plausible = true};
		struct latch l = {.rank = LATCH_RANK_NONE};

		latch_open(&l, sa(ANNOUNCED));
		CU_ASSERT_EQUAL(judge_hint(&l, NAT, &hint), LATCH_UNPROVEN);
		rtp.seq = vectorv[i].seq;
		rtp.ssrc = vectorv[i].ssrc;
		CU_ASSERT_EQUAL(judge_hint(&l, NAT, &hint), vectorv[i].verdict);
	}
}

/* Only one SSRC in order wins the window, if the SDP did not name the source. */
static void the_window_is_won_by_one_source_in_order(void)
{
	static const struct {
		const char *src;
		uint32_t ssrc_step;
		uint16_t seq_step;
		bool locks;
	} vectorv[] = {
		{NAT, 0, 1, true},       {NAT, 1, 1, false},       {NAT, 0, 0, false},
		{SAME_HOST, 0, 1, true}, {SAME_HOST, 1, 1, false}, {SAME_HOST, 0, 0, false},
		{ANNOUNCED, 0, 1, true}, {ANNOUNCED, 1, 1, true},
	};
	size_t i;
	int k;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		struct packet_rtp rtp = {.ssrc = 1, .seq = 1};
		const struct latch_hint hint = {.rtp = &rtp, .plausible = true};
		struct latch l = {.rank = LATCH_RANK_NONE};

		latch_open(&l, sa(ANNOUNCED));
		(void)judge_hint(&l, vectorv[i].src, &hint);
		++rtp.seq;
		(void)judge_hint(&l, vectorv[i].src, &hint);
		CU_ASSERT(!latch_hears(&l, sa(vectorv[i].src)));

		for (k = 0; k < 20; k++) {
			rtp.ssrc += vectorv[i].ssrc_step;
			rtp.seq = (uint16_t)(rtp.seq + vectorv[i].seq_step);
			CU_ASSERT_EQUAL(judge_hint(&l, vectorv[i].src, &hint), LATCH_PASS);
		}
		CU_ASSERT_EQUAL(latch_hears(&l, sa(vectorv[i].src)), vectorv[i].locks);
	}
}

static void what_is_not_rtp_proves_itself_by_two_that_differ(void)
{
	struct latch_hint hint = {.plausible = true, .digest = 7};
	struct latch l = {.rank = LATCH_RANK_NONE};
	int i;

	latch_open(&l, sa(ANNOUNCED));
	for (i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(judge_hint(&l, NAT, &hint), LATCH_UNPROVEN);

	++hint.digest;
	CU_ASSERT_EQUAL(judge_hint(&l, STRANGER, &hint), LATCH_UNPROVEN);
	CU_ASSERT_EQUAL(judge_hint(&l, NAT, &hint), LATCH_MOVED);
	for (i = 1; i < LATCH_WINDOW; i++) {
		CU_ASSERT(!latch_hears(&l, sa(NAT)));
		CU_ASSERT_EQUAL(judge_hint(&l, NAT, &hint), LATCH_PASS);
	}
	CU_ASSERT(latch_hears(&l, sa(NAT)));
}

static void nothing_less_takes_it_from_an_authentic_peer(void)
{
	const struct latch_hint authentic = {.rtp = &sent, .authentic = true};
	struct latch l;

	held_by(&l, NAT, 2);
	CU_ASSERT_EQUAL(judge_hint(&l, STRANGER, &authentic), LATCH_MOVED);
	CU_ASSERT_EQUAL(judge(&l, ANNOUNCED), LATCH_STRANGER);
	CU_ASSERT_EQUAL(judge(&l, NAT), LATCH_STRANGER);
	CU_ASSERT(sends_to(&l, STRANGER));

	/* a NAT that rebinds is followed */
	CU_ASSERT_EQUAL(judge_hint(&l, NAT, &authentic), LATCH_MOVED);
	CU_ASSERT(sends_to(&l, NAT));
}

static void the_highest_nominated_candidate_is_the_peer(void)
{
	struct latch l;

	held_by(&l, ANNOUNCED, LATCH_WINDOW);
	CU_ASSERT(latch_nominate(&l, sa(NAT), 100));
	CU_ASSERT(sends_to(&l, NAT));
	CU_ASSERT(latch_hears(&l, sa(NAT)));
	CU_ASSERT(!latch_nominate(&l, sa(NAT), 100));
	CU_ASSERT(!latch_nominate(&l, sa(OTHER), 99));
	CU_ASSERT(sends_to(&l, NAT));
	CU_ASSERT_EQUAL(judge(&l, ANNOUNCED), LATCH_STRANGER);
	CU_ASSERT(latch_nominate(&l, sa(OTHER), 100));
	CU_ASSERT(sends_to(&l, OTHER));

	latch_ice_restart(&l);
	CU_ASSERT(sends_to(&l, OTHER));
	CU_ASSERT(latch_nominate(&l, sa(NAT), 1));
	CU_ASSERT(sends_to(&l, NAT));
}

static void asymmetric_sends_where_the_sdp_says(void)
{
	static const struct {
		struct latch_rules rules;
		const char *src;
		bool heard;
	} vectorv[] = {
		{{.asymmetric = true}, NAT, true},
		{{.asymmetric = true}, SAME_HOST, true},
		{{.asymmetric = true}, ANNOUNCED, true},
		{{.asymmetric = true, .strict = true}, NAT, false},
		{{.asymmetric = true, .strict = true}, SAME_HOST, false},
		{{.asymmetric = true, .strict = true}, ANNOUNCED, true},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		struct latch l = {.rules = vectorv[i].rules};

		latch_open(&l, sa(ANNOUNCED));
		(void)judge(&l, vectorv[i].src);
		CU_ASSERT_EQUAL(judge(&l, vectorv[i].src) != LATCH_STRANGER, vectorv[i].heard);
		CU_ASSERT(sends_to(&l, ANNOUNCED));
	}
}

static void an_implausible_packet_from_an_unknown_host_never_latches(void)
{
	struct latch_hint hint = next_hint();
	struct latch l = {.rank = LATCH_RANK_NONE};

	hint.plausible = false;
	latch_open(&l, sa(ANNOUNCED));
	CU_ASSERT_EQUAL(judge_hint(&l, STRANGER, &hint), LATCH_STRANGER);
	++sent.seq;
	CU_ASSERT_EQUAL(judge_hint(&l, STRANGER, &hint), LATCH_STRANGER);
	CU_ASSERT_EQUAL(judge_hint(&l, SAME_HOST, &hint), LATCH_MOVED);
}

static void the_same_sdp_again_changes_nothing(void)
{
	struct latch l = {.rank = LATCH_RANK_NONE};

	held_by(&l, NAT, 1);
	latch_announce(&l, sa(ANNOUNCED));
	CU_ASSERT(sends_to(&l, NAT));
	CU_ASSERT_EQUAL(judge(&l, NAT), LATCH_PASS);

	latch_open(&l, NULL);
	(void)judge(&l, NAT);
	CU_ASSERT_EQUAL(judge(&l, NAT), LATCH_MOVED);
	latch_announce(&l, NULL);
	CU_ASSERT(sends_to(&l, NAT));
}

/* … but for the window of who is behind a NAT, in which its SSRC is followed once. */
static void the_same_sdp_again_follows_a_rebound_nat_by_its_ssrc(void)
{
	static const struct {
		const char *peer, *src;
		bool familiar;
		unsigned spoke; /* the peer, since that SDP */
		enum latch_verdict verdict;
	} casev[] = {
		{NAT, STRANGER, true, 0, LATCH_MOVED},
		{NAT, STRANGER, true, 1, LATCH_MOVED},
		{NAT, STRANGER, true, LATCH_WINDOW, LATCH_STRANGER},
		{NAT, STRANGER, false, 0, LATCH_STRANGER},
		{SAME_HOST, STRANGER, true, 0, LATCH_MOVED},
		{ANNOUNCED, STRANGER, true, 0, LATCH_STRANGER},
	};
	unsigned i, packet;

	for (i = 0; i < ARRAY_SIZE(casev); i++) {

		struct latch_hint hint;
		struct latch l;

		held_by(&l, casev[i].peer, LATCH_WINDOW);
		latch_announce(&l, sa(ANNOUNCED));
		for (packet = 0; packet < casev[i].spoke; packet++)
			CU_ASSERT_EQUAL(judge(&l, casev[i].peer), LATCH_PASS);

		hint = next_hint();
		hint.familiar = casev[i].familiar;
		CU_ASSERT_EQUAL(judge_hint(&l, casev[i].src, &hint), casev[i].verdict);
		CU_ASSERT(sends_to(&l, casev[i].verdict == LATCH_MOVED ? casev[i].src : casev[i].peer));

		hint = next_hint();
		hint.familiar = true;
		if (casev[i].verdict == LATCH_MOVED)
			CU_ASSERT_EQUAL(judge_hint(&l, OTHER, &hint), LATCH_STRANGER); /* once */
	}
}

static void a_changed_sdp_opens_it_again(void)
{
	static const struct step stepv[] = {
		{ANNOUNCED, LATCH_PASS, OTHER}, /* still on its way out */
		{NAT, LATCH_UNPROVEN, OTHER},   {NAT, LATCH_MOVED, NAT},  {ANNOUNCED, LATCH_STRANGER, NAT},
		{OTHER, LATCH_MOVED, OTHER},    {NULL, LATCH_PASS, NULL},
	};
	struct latch l;

	held_by(&l, ANNOUNCED, LATCH_WINDOW);
	l.rules.handover = true;
	latch_announce(&l, sa(OTHER));
	CU_ASSERT(sends_to(&l, OTHER));
	CU_ASSERT(l.rules.handover);
	steps_check(&l, stepv);
}

static void a_source_that_never_leaves_is_the_peer_after_all(void)
{
	struct latch l;
	int i;

	held_by(&l, NAT, 1);
	latch_announce(&l, sa(OTHER));

	for (i = 0; i < LATCH_LEAVING - 1; i++)
		CU_ASSERT_EQUAL(judge(&l, NAT), LATCH_PASS);

	CU_ASSERT(sends_to(&l, OTHER));
	CU_ASSERT_EQUAL(judge(&l, NAT), LATCH_MOVED);
	CU_ASSERT(sends_to(&l, NAT));
}

static void the_null_address_holds_and_the_old_one_resumes(void)
{
	struct latch l;

	held_by(&l, NAT, 1);
	latch_announce(&l, sa("0.0.0.0:4000"));
	CU_ASSERT(sends_to(&l, NULL));
	CU_ASSERT_EQUAL(judge(&l, NAT), LATCH_PASS);
	latch_announce(&l, sa(ANNOUNCED));
	CU_ASSERT(sends_to(&l, NAT));
}

static void the_other_sockets_host_counts_as_announced(void)
{
	const struct latch_hint hint = {.kin = sa(NAT), .plausible = true};
	struct latch l = {.rank = LATCH_RANK_NONE};

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
	{"every row of the table holds", every_row_of_the_table_holds},
	{"a packet that only repeats itself proves nothing",
	 a_packet_that_only_repeats_itself_proves_nothing},
	{"an unknown host proves itself by two packets in order (RFC 3550 A.1)",
	 order_is_told_as_rfc_3550_does},
	{"the window is won by one SSRC in order", the_window_is_won_by_one_source_in_order},
	{"what is not RTP proves itself by two datagrams that differ",
	 what_is_not_rtp_proves_itself_by_two_that_differ},
	{"nothing less takes it from an authentic peer", nothing_less_takes_it_from_an_authentic_peer},
	{"the highest nominated candidate is the peer", the_highest_nominated_candidate_is_the_peer},
	{"asymmetric sends where the SDP says", asymmetric_sends_where_the_sdp_says},
	{"while open, a source that fits better takes over, others do not",
	 the_better_source_takes_over_while_open},
	{"once locked, only the announced address may move it",
	 once_locked_only_the_announced_address_may_move_it},
	{"an implausible packet from an unknown host never latches",
	 an_implausible_packet_from_an_unknown_host_never_latches},
	{"the same SDP again changes nothing", the_same_sdp_again_changes_nothing},
	{"but who is behind a NAT may have another address then, if it has the same SSRC",
	 the_same_sdp_again_follows_a_rebound_nat_by_its_ssrc},
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
