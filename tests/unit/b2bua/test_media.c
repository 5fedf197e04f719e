/**
 * @file test_media.c  A call's media session: what is asked of the relay, and what comes of it
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "call/media.h"
#include "call/media_request.h"
#include "loop.h"
#include "ng_peer.h"
#include "unit.h"

enum { TURN_MS = 20 };

static struct ng_peer peer;
static struct relay_farm *farm;
static struct media *media;
static struct media_side side_a = {.tag = "a", .interface = "access"};
static struct media_side side_b = {.tag = "b1", .interface = "carrier"};
static const struct pl sdp_in = PL("v=0\r\ns=in\r\n");

struct heard {
	unsigned n;
	int err;
	char sdp[64];
};

static void on_sdp(int err, const struct pl *sdp, void *arg)
{
	struct heard *heard = arg;

	++heard->n;
	heard->err = err;
	if (!err)
		(void)pl_strcpy(sdp, heard->sdp, sizeof(heard->sdp));
}

struct ended {
	unsigned n;
	struct cdr_media a, b;
};

static void on_end(const struct cdr_media *a, const struct cdr_media *b, void *arg)
{
	struct ended *ended = arg;

	++ended->n;
	ended->a = *a;
	ended->b = *b;
}

static void open_all(void)
{
	char errstr[256] = "";

	(void)sa_set_str(&side_a.laddr, "192.0.2.9", 0);
	(void)sa_set_str(&side_b.laddr, "2001:db8::9", 0);
	loop_open();
	ng_peer_open(&peer);
	farm = NULL;
	CU_ASSERT_EQUAL_FATAL(relay_farm_alloc(&farm, &peer.cfg, errstr, sizeof(errstr)), 0);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL_FATAL(media_alloc(&media, farm, "call-1"), 0);
}

static void close_all(void)
{
	media = mem_deref(media);
	farm = mem_deref(farm);
	ng_peer_close(&peer);
	loop_close();
}

static struct heard offer(bool again)
{
	struct heard heard = {.n = 0};

	media_offer(media, &side_a, &side_b, again, &sdp_in, on_sdp, &heard);
	loop_run(TURN_MS);

	return heard;
}

static void test_offer(void)
{
	struct heard heard;

	open_all();
	CU_ASSERT_TRUE(media_anchored(media));
	heard = offer(false);
	CU_ASSERT_EQUAL(heard.n, 1);
	CU_ASSERT_EQUAL(heard.err, 0);
	CU_ASSERT_STRING_EQUAL(heard.sdp, NG_PEER_SDP);

	CU_ASSERT_STRING_EQUAL(ng_peer_str(&peer, "command"), "offer");
	CU_ASSERT_STRING_EQUAL(ng_peer_str(&peer, "call-id"), "call-1");
	CU_ASSERT_STRING_EQUAL(ng_peer_str(&peer, "from-tag"), "a");
	CU_ASSERT_STRING_EQUAL(ng_peer_str(&peer, "to-tag"), "");
	CU_ASSERT_STRING_EQUAL(ng_peer_str(&peer, "sdp"), "v=0\r\ns=in\r\n");
	CU_ASSERT_TRUE(ng_peer_pair(&peer, "direction", "access", "carrier"));
	CU_ASSERT_TRUE(ng_peer_pair(&peer, "tandem-local", "192.0.2.9", "2001:db8::9"));
	CU_ASSERT_TRUE(ng_peer_pair(&peer, "replace", "origin", "session-connection"));

	(void)offer(true);
	CU_ASSERT_STRING_EQUAL(ng_peer_str(&peer, "to-tag"), "b1");
	close_all();
}

/* A telephone goes over to the other IP version: each side is shown the address it can reach. */
static void test_other_family(void)
{
	static const struct pl four = PL("v=0\r\nc=IN IP4 198.51.100.1\r\n"),
			       six = PL("v=0\r\nc=IN IP6 2001:db8::1\r\n"),
			       held = PL("v=0\r\nc=IN IP4 0.0.0.0\r\nc=IN IP6 2001:db8::1\r\n");
	static const struct {
		const struct pl *sdp;
		const char *from;
	} v[] = {
		{&six, "2001:db8::a"},
		{&four, "192.0.2.9"},
		{&held, "2001:db8::a"},
		{&sdp_in, "192.0.2.9"},
	};
	struct heard heard = {.n = 0};

	open_all();
	(void)sa_set_str(&side_a.laddr_other, "2001:db8::a", 0);
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		media_offer(media, &side_a, &side_b, i > 0, v[i].sdp, on_sdp, &heard);
		loop_run(TURN_MS);
		CU_ASSERT_TRUE(ng_peer_pair(&peer, "tandem-local", v[i].from, "2001:db8::9"));
	}

	/* the other side's offer finds it there, too */
	media_offer(media, &side_a, &side_b, true, &six, on_sdp, &heard);
	loop_run(TURN_MS);
	media_answer(media, &side_a, &side_b, &sdp_in, on_sdp, &heard);
	loop_run(TURN_MS);
	media_offer(media, &side_b, &side_a, true, &sdp_in, on_sdp, &heard);
	loop_run(TURN_MS);
	CU_ASSERT_TRUE(ng_peer_pair(&peer, "tandem-local", "2001:db8::9", "2001:db8::a"));
	sa_init(&side_a.laddr_other, AF_UNSPEC);
	close_all();
}

static void test_answer(void)
{
	struct heard heard = {.n = 0};

	open_all();
	(void)offer(false);
	media_answer(media, &side_a, &side_b, &sdp_in, on_sdp, &heard);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(heard.n, 1);
	CU_ASSERT_STRING_EQUAL(ng_peer_str(&peer, "command"), "answer");
	CU_ASSERT_STRING_EQUAL(ng_peer_str(&peer, "from-tag"), "a");
	CU_ASSERT_STRING_EQUAL(ng_peer_str(&peer, "to-tag"), "b1");
	close_all();
}

/* Who hears of them is what counts, not who says them. */
static void test_preconditions(void)
{
	static const struct pl full = PL("v=0\r\na=des:qos optional local send\r\ns=in\r\n");
	static const char less[] = "v=0\r\ns=in\r\n";

	for (unsigned i = 0; i < 2; i++) {
		struct heard heard = {.n = 0};

		open_all();
		side_a.preconditions = i ? MEDIA_PRECONDITIONS_PASSED : MEDIA_PRECONDITIONS_NONE;
		side_b.preconditions = i ? MEDIA_PRECONDITIONS_NONE : MEDIA_PRECONDITIONS_PASSED;
		media_offer(media, &side_a, &side_b, false, &full, on_sdp, &heard);
		loop_run(TURN_MS);
		CU_ASSERT_STRING_EQUAL(ng_peer_str(&peer, "sdp"), i ? less : full.p);
		media_answer(media, &side_a, &side_b, &full, on_sdp, &heard);
		loop_run(TURN_MS);
		CU_ASSERT_STRING_EQUAL(ng_peer_str(&peer, "sdp"), i ? full.p : less);

		media = mem_deref(media);
		CU_ASSERT_EQUAL_FATAL(media_alloc(&media, NULL, "call-2"), 0);
		media_offer(media, &side_a, &side_b, false, &full, on_sdp, &heard);
		CU_ASSERT_STRING_EQUAL(heard.sdp, i ? less : full.p);
		media_answer(media, &side_a, &side_b, &full, on_sdp, &heard);
		CU_ASSERT_STRING_EQUAL(heard.sdp, i ? full.p : less);
		close_all();
	}

	side_a.preconditions = side_b.preconditions = MEDIA_PRECONDITIONS_NONE;
}

static void test_errors(void)
{
	static const struct {
		enum ng_peer_mood mood;
		int err;
	} v[] = {
		{NG_PEER_REFUSE, EREMOTEIO},
		{NG_PEER_FULL, ENOSPC},
		{NG_PEER_EMPTY, EBADMSG},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct heard heard;

		open_all();
		peer.mood = v[i].mood;
		heard = offer(false);
		CU_ASSERT_EQUAL(heard.n, 1);
		CU_ASSERT_EQUAL(heard.err, v[i].err);
		close_all();
	}
}

/* What another relay may have is no fault of the SDP's. */
static void test_faults(void)
{
	static const struct {
		const char *reason;
		int err;
	} v[] = {
		{"Ran out of ports", ENOSPC},
		{"Ran out of file descriptors: raise LimitNOFILE", ENOSPC},
		{"Out of memory", ENOSPC},
		{"Cannot open media sockets on 192.0.2.1: Permission denied", ENOSPC},
		{"Parallel session limit reached", ENOSPC},
		{"load limit", ENOSPC},
		{"Unknown call-id", ENOENT},
		{"Ran out", EREMOTEIO},
		{"SDP line 1: not of the form 'letter=value'", EREMOTEIO},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct pl reason;

		pl_set_str(&reason, v[i].reason);
		CU_ASSERT_EQUAL(media_fault(EREMOTEIO, &reason), v[i].err);
	}
}

static void test_no_relay(void)
{
	struct heard heard;

	open_all();
	ng_peer_die(&peer);
	heard = offer(false);
	CU_ASSERT_EQUAL(heard.n, 1);
	CU_ASSERT_EQUAL(heard.err, ENOTCONN);
	close_all();
}

static void test_counters(void)
{
	struct ended ended = {.n = 0};

	open_all();
	(void)offer(false);
	media_end(media, on_end, &ended);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(ended.n, 1);
	CU_ASSERT_STRING_EQUAL(ng_peer_str(&peer, "command"), "delete");
	CU_ASSERT_EQUAL(ended.a.rx_packets, 100);
	CU_ASSERT_EQUAL(ended.a.rx_bytes, 17200);
	CU_ASSERT_EQUAL(ended.a.lost, 1);
	CU_ASSERT_EQUAL(ended.a.jitter_us, 500);
	CU_ASSERT_EQUAL(ended.b.rx_packets, 30);
	CU_ASSERT_EQUAL(ended.b.lost, 5);
	CU_ASSERT_EQUAL(ended.b.jitter_us, 900);
	close_all();
}

/* Nothing was asked of the relay: nothing is to be deleted. */
static void test_end_unused(void)
{
	struct ended ended = {.n = 0};

	open_all();
	media_end(media, on_end, &ended);
	CU_ASSERT_EQUAL(ended.n, 1);
	CU_ASSERT_EQUAL(peer.commands, 0);
	close_all();
}

static void test_end_drops(void)
{
	struct heard heard = {.n = 0};
	struct ended ended = {.n = 0};

	open_all();
	media_offer(media, &side_a, &side_b, false, &sdp_in, on_sdp, &heard);
	media_end(media, on_end, &ended);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(heard.n, 0);
	CU_ASSERT_EQUAL(ended.n, 1);
	close_all();
}

static void test_end_relay_gone(void)
{
	for (int dies = 0; dies < 2; dies++) {
		struct ended ended = {.n = 0};

		open_all();
		(void)offer(false);
		if (dies)
			ng_peer_die(&peer);
		peer.mood = NG_PEER_SILENT;
		media_end(media, on_end, &ended);
		loop_run(4000);
		CU_ASSERT_EQUAL(ended.n, 1);
		CU_ASSERT_EQUAL(ended.a.rx_packets, 0);
		close_all();
	}
}

static void test_not_anchored(void)
{
	struct ended ended = {.n = 0};
	struct heard heard;

	open_all();
	mem_deref(media);
	CU_ASSERT_EQUAL_FATAL(media_alloc(&media, NULL, "call-1"), 0);
	CU_ASSERT_FALSE(media_anchored(media));
	heard = offer(false);
	CU_ASSERT_EQUAL(heard.n, 1);
	CU_ASSERT_STRING_EQUAL(heard.sdp, "v=0\r\ns=in\r\n");
	media_end(media, on_end, &ended);
	CU_ASSERT_EQUAL(ended.n, 1);
	CU_ASSERT_EQUAL(peer.commands, 0);
	close_all();
}

static const struct unit_test testv[] = {
	{"a side that goes over to the other IP version is shown that address", test_other_family},
	{"an offer names both ends, and the callee's tag only when it is known", test_offer},
	{"an answer names who offered", test_answer},
	{"who has no part in preconditions hears of none, with a relay or without", test_preconditions},
	{"a refusal, a full relay and a reply without SDP are told apart", test_errors},
	{"a relay that lacks something is told from an SDP that is refused", test_faults},
	{"a dead relay fails the offer at once", test_no_relay},
	{"the end brings the counters of RTP, the callee's tags together", test_counters},
	{"a session the relay never heard of ends at once", test_end_unused},
	{"the end drops what is under way", test_end_drops},
	{"the end comes once, also without a relay", test_end_relay_gone},
	{"without a relay the SDP passes as it is", test_not_anchored},
	{NULL, NULL},
};

const struct unit_suite media_suite = {"media", testv};
