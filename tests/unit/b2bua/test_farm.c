/**
 * @file test_farm.c  Several relays: who takes a call, and where it goes when that one cannot
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "call/media.h"
#include "loop.h"
#include "ng_peer.h"
#include "unit.h"

enum { TURN_MS = 20, PEERS = 3 };

static struct ng_peer peerv[PEERS];
static struct relay_farm *farm;
static struct media *media;
static const struct media_side side_a = {.tag = "a", .interface = "access"};
static const struct media_side side_b = {.tag = "b1", .interface = "carrier"};
static const struct pl sdp_in = PL("v=0\r\ns=in\r\n");

/* One peer for each weight; 0 too is one. */
static void open_farm(const unsigned weightv[PEERS])
{
	static char text[3 * 128 + 8];
	char target[128], errstr[256] = "";
	struct config cfg = {.ng_target = text};

	loop_open();
	text[0] = '\0';
	for (size_t i = 0; i < PEERS; i++) {
		ng_peer_open(&peerv[i]);
		(void)strcat(text, i ? ", " : "");
		(void)strcat(text, ng_peer_target(&peerv[i], target, weightv[i]));
	}

	cfg.run_dir = peerv[0].dir;
	CU_ASSERT_EQUAL_FATAL(relay_farm_alloc(&farm, &cfg, errstr, sizeof(errstr)), 0);
	CU_ASSERT_FALSE(relay_farm_up(farm));
	loop_run(TURN_MS);
	CU_ASSERT_TRUE(relay_farm_whole(farm));
	CU_ASSERT_EQUAL_FATAL(media_alloc(&media, farm, "call-1"), 0);
}

static void open_all(void)
{
	open_farm((const unsigned[]){1, 1, 1});
}

static void close_all(void)
{
	media = mem_deref(media);
	farm = mem_deref(farm);
	for (size_t i = 0; i < PEERS; i++)
		ng_peer_close(&peerv[i]);
	loop_close();
}

/* ---------------------------------------------------------------- who takes a call */

/* "0100": the relays of so many picks. */
static void picks(char *text, size_t n, uint32_t tried)
{
	for (size_t i = 0; i < n; i++) {
		const struct relay_client *rc = relay_farm_pick(farm, tried);

		text[i] = rc ? (char)('0' + relay_index(rc)) : '-';
	}
	text[n] = '\0';
}

static void test_weights(void)
{
	char text[16];

	open_farm((const unsigned[]){3, 1, 0});
	picks(text, 8, 0);
	CU_ASSERT_STRING_EQUAL(text, "00100010");
	close_all();
}

static void test_tried_and_dead(void)
{
	char text[16];

	open_all();
	picks(text, 6, 1u << 1);
	CU_ASSERT_STRING_EQUAL(text, "020202");

	ng_peer_die(&peerv[0]);
	loop_run(600);
	CU_ASSERT_TRUE(relay_farm_up(farm));
	CU_ASSERT_FALSE(relay_farm_whole(farm));
	picks(text, 2, 1u << 1);
	CU_ASSERT_STRING_EQUAL(text, "22");
	picks(text, 2, 1u << 1 | 1u << 2);
	CU_ASSERT_STRING_EQUAL(text, "--");
	close_all();
}

static void test_drained_alone(void)
{
	open_farm((const unsigned[]){0, 0, 0});
	CU_ASSERT_TRUE(relay_farm_whole(farm));
	CU_ASSERT_FALSE(relay_farm_up(farm));
	close_all();
}

/* ---------------------------------------------------------------- a call and its relay */

struct heard {
	unsigned n;
	int err;
};

static void on_sdp(int err, const struct pl *sdp, void *arg)
{
	struct heard *heard = arg;

	++heard->n;
	heard->err = err;
	CU_ASSERT(err || pl_isset(sdp));
}

static int offer(uint32_t wait_ms)
{
	struct heard heard = {.n = 0};

	media_offer(media, &side_a, &side_b, false, &sdp_in, on_sdp, &heard);
	loop_run(wait_ms);
	CU_ASSERT_EQUAL(heard.n, 1);

	return heard.err;
}

static int answer(void)
{
	struct heard heard = {.n = 0};

	media_answer(media, &side_a, &side_b, &sdp_in, on_sdp, &heard);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(heard.n, 1);

	return heard.err;
}

static void moods(enum ng_peer_mood a, enum ng_peer_mood b, enum ng_peer_mood c)
{
	peerv[0].mood = a;
	peerv[1].mood = b;
	peerv[2].mood = c;
}

static void heard_is(const char *a, const char *b, const char *c)
{
	CU_ASSERT_STRING_EQUAL(peerv[0].heard, a);
	CU_ASSERT_STRING_EQUAL(peerv[1].heard, b);
	CU_ASSERT_STRING_EQUAL(peerv[2].heard, c);
}

static int64_t number(const char *key)
{
	struct odict *od = NULL;
	const struct odict_entry *e;
	int64_t n;

	CU_ASSERT_EQUAL_FATAL(odict_alloc(&od, 16), 0);
	CU_ASSERT_EQUAL(relay_farm_describe(farm, od), 0);
	e = odict_get_type(od, ODICT_INT, key);
	n = e ? e->u.integer : -1;
	mem_deref(od);

	return n;
}

/* The words of docs/ng.md for "no room here". */
static void test_no_room(void)
{
	static const enum ng_peer_mood moodv[] = {NG_PEER_FULL, NG_PEER_LIMIT, NG_PEER_LOAD};

	for (size_t i = 0; i < ARRAY_SIZE(moodv); i++) {
		open_all();
		moods(moodv[i], moodv[i], NG_PEER_OK);
		CU_ASSERT_EQUAL(offer(TURN_MS), 0);
		CU_ASSERT_EQUAL(answer(), 0);
		heard_is("offer", "offer", "offer answer");
		CU_ASSERT_STRING_EQUAL(ng_peer_str(&peerv[2], "sdp"), "v=0\r\ns=in\r\n");
		CU_ASSERT_EQUAL(number("failovers"), 2);
		close_all();
	}
}

static void test_no_room_anywhere(void)
{
	open_all();
	moods(NG_PEER_FULL, NG_PEER_LIMIT, NG_PEER_LOAD);
	CU_ASSERT_EQUAL(offer(TURN_MS), ENOSPC);
	heard_is("offer", "offer", "offer");
	close_all();
}

/* What is wrong with the SDP is so at every relay. */
static void test_refused(void)
{
	open_all();
	moods(NG_PEER_REFUSE, NG_PEER_OK, NG_PEER_OK);
	CU_ASSERT_EQUAL(offer(TURN_MS), EREMOTEIO);
	heard_is("offer", "", "");
	close_all();
}

/* It may have made the session: it is told to forget it. */
static void test_silent(void)
{
	open_all();
	moods(NG_PEER_PONG, NG_PEER_OK, NG_PEER_OK);
	CU_ASSERT_EQUAL(offer(3100), 0);
	loop_run(100);
	heard_is("offer offer offer offer delete", "offer", "");
	close_all();
}

static void test_dead(void)
{
	open_all();
	ng_peer_die(&peerv[0]);
	CU_ASSERT_EQUAL(offer(TURN_MS), 0);
	heard_is("", "offer", "");
	close_all();
}

/* Answered, it has ports that both sides know: it stays, also when there is no room for more. */
static void test_pinned(void)
{
	open_all();
	CU_ASSERT_EQUAL(offer(TURN_MS), 0);
	CU_ASSERT_EQUAL(answer(), 0);
	moods(NG_PEER_FULL, NG_PEER_OK, NG_PEER_OK);
	CU_ASSERT_EQUAL(offer(TURN_MS), ENOSPC);
	heard_is("offer answer offer", "", "");
	CU_ASSERT_FALSE(media_lost(media));
	CU_ASSERT_STRING_EQUAL(relay_name(media_relay(media)) + 5, peerv[0].path);
	close_all();
}

static void test_dead_later(void)
{
	open_all();
	CU_ASSERT_EQUAL(offer(TURN_MS), 0);
	CU_ASSERT_EQUAL(answer(), 0);
	ng_peer_die(&peerv[0]);
	CU_ASSERT_EQUAL(offer(TURN_MS), 0);
	CU_ASSERT_TRUE(media_lost(media)); /* who was not asked yet still sends to the dead one */
	CU_ASSERT_EQUAL(answer(), 0);
	heard_is("offer answer", "offer answer", "");
	CU_ASSERT_FALSE(media_lost(media));
	close_all();
}

/* The caller's offer is said once more, and who answered has to be told again later. */
static void test_forgotten_before_the_answer(void)
{
	open_all();
	CU_ASSERT_EQUAL(offer(TURN_MS), 0);
	moods(NG_PEER_LOST, NG_PEER_OK, NG_PEER_OK);
	CU_ASSERT_EQUAL(answer(), ENOENT);
	heard_is("offer answer offer answer", "", "");
	close_all();

	open_all();
	CU_ASSERT_EQUAL(offer(TURN_MS), 0);
	ng_peer_die(&peerv[0]);
	CU_ASSERT_EQUAL(answer(), 0);
	heard_is("offer", "offer answer", "");
	CU_ASSERT_TRUE(media_lost(media));
	close_all();
}

static void test_calls_counted(void)
{
	struct relay_client *first;
	struct odict *od = NULL;

	open_all();
	CU_ASSERT_EQUAL(offer(TURN_MS), 0);
	first = relay_farm_find(farm, NULL);
	CU_ASSERT_PTR_EQUAL(relay_farm_find(farm, relay_name(first)), first);
	CU_ASSERT_PTR_NULL(relay_farm_find(farm, "udp:192.0.2.1:1"));

	CU_ASSERT_EQUAL_FATAL(odict_alloc(&od, 16), 0);
	CU_ASSERT_EQUAL(relay_describe(first, od), 0);
	CU_ASSERT_EQUAL(odict_get_type(od, ODICT_INT, "calls")->u.integer, 1);
	od = mem_deref(od);

	media = mem_deref(media);
	CU_ASSERT_EQUAL_FATAL(odict_alloc(&od, 16), 0);
	CU_ASSERT_EQUAL(relay_describe(first, od), 0);
	CU_ASSERT_EQUAL(odict_get_type(od, ODICT_INT, "calls")->u.integer, 0);
	od = mem_deref(od);
	close_all();
}

/* ---------------------------------------------------------------- a session made anew */

struct renewed {
	unsigned n;
	int err;
	char a[64], b[64];
};

static void on_renewed(int err, const struct pl *a, const struct pl *b, void *arg)
{
	struct renewed *r = arg;

	++r->n;
	r->err = err;
	if (err)
		return;
	(void)pl_strcpy(a, r->a, sizeof(r->a));
	(void)pl_strcpy(b, r->b, sizeof(r->b));
}

static struct renewed renew(void)
{
	struct renewed r = {.n = 0};

	media_renew(media, &side_a, &side_b, on_renewed, &r);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(r.n, 1);

	return r;
}

static void test_renewed(void)
{
	struct renewed r;

	open_all();
	peerv[0].sdp = "v=0\r\no=x 1 5 IN IP4 192.0.2.1\r\ns=old\r\n";
	CU_ASSERT_EQUAL(offer(TURN_MS), 0);
	CU_ASSERT_EQUAL(answer(), 0);

	str_ncpy(peerv[0].instance, "run-2", sizeof(peerv[0].instance));
	peerv[0].sdp = "v=0\r\no=x 1 5 IN IP4 192.0.2.1\r\ns=new\r\n";
	loop_run(600);
	CU_ASSERT_TRUE(media_lost(media));

	r = renew();
	CU_ASSERT_EQUAL(r.err, 0);
	CU_ASSERT_STRING_EQUAL(r.a, "v=0\r\no=x 1 6 IN IP4 192.0.2.1\r\ns=new\r\n");
	CU_ASSERT_STRING_EQUAL(r.b, "v=0\r\no=x 1 6 IN IP4 192.0.2.1\r\ns=new\r\n");
	CU_ASSERT_FALSE(media_lost(media));
	heard_is("offer answer offer answer", "", "");
	close_all();
}

static void test_renewed_elsewhere(void)
{
	open_all();
	CU_ASSERT_EQUAL(offer(TURN_MS), 0);
	CU_ASSERT_EQUAL(answer(), 0);
	ng_peer_die(&peerv[0]);
	loop_run(600);
	CU_ASSERT_EQUAL(renew().err, 0);
	heard_is("offer answer", "offer answer", "");
	close_all();
}

static void on_query(int err, const struct ng_msg *reply, void *arg)
{
	(void)reply;
	(void)arg;
	CU_ASSERT_EQUAL(err, 0);
}

static int64_t packets(void)
{
	media_query(media, on_query, NULL);
	loop_run(TURN_MS);

	return media_packets(media);
}

/* A peer counts 130 packets of both sides, whenever it is asked. */
static void test_counted_once(void)
{
	open_all();
	CU_ASSERT_EQUAL(offer(TURN_MS), 0);
	CU_ASSERT_EQUAL(answer(), 0);
	CU_ASSERT_EQUAL(packets(), 130);
	CU_ASSERT_EQUAL(renew().err, 0); /* it is there still */
	CU_ASSERT_EQUAL(packets(), 130);

	ng_peer_die(&peerv[0]);
	loop_run(600);
	CU_ASSERT_EQUAL(offer(TURN_MS), 0);
	CU_ASSERT_EQUAL(answer(), 0);
	CU_ASSERT_EQUAL(packets(), 260);

	str_ncpy(peerv[1].instance, "run-2", sizeof(peerv[1].instance));
	loop_run(600);
	CU_ASSERT_EQUAL(offer(TURN_MS), 0);
	CU_ASSERT_EQUAL(answer(), 0);
	CU_ASSERT_EQUAL(packets(), 390);
	close_all();
}

/* What was offered and refused is nobody's. */
static void test_renewed_as_agreed(void)
{
	const struct pl refused = PL("v=0\r\ns=refused\r\n");
	struct heard heard = {.n = 0};

	open_all();
	CU_ASSERT_EQUAL(offer(TURN_MS), 0);
	CU_ASSERT_EQUAL(answer(), 0);
	media_offer(media, &side_b, &side_a, true, &refused, on_sdp, &heard);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(renew().err, 0);
	CU_ASSERT_STRING_EQUAL(ng_peer_str(&peerv[0], "sdp"), "v=0\r\ns=in\r\n");
	CU_ASSERT_STRING_EQUAL(ng_peer_str(&peerv[0], "from-tag"), "a");
	close_all();
}

/* Who offered last offers again: a hold keeps its direction. */
static void test_renewed_by_who_offered(void)
{
	const struct pl hold = PL("v=0\r\na=sendonly\r\n"), held = PL("v=0\r\na=recvonly\r\n");
	struct heard heard = {.n = 0};

	open_all();
	CU_ASSERT_EQUAL(offer(TURN_MS), 0);
	CU_ASSERT_EQUAL(answer(), 0);
	CU_ASSERT_FALSE(media_held(media));
	media_offer(media, &side_b, &side_a, true, &hold, on_sdp, &heard);
	loop_run(TURN_MS);
	media_answer(media, &side_b, &side_a, &held, on_sdp, &heard);
	loop_run(TURN_MS);
	CU_ASSERT_TRUE(media_held(media));
	CU_ASSERT_EQUAL(renew().err, 0);
	CU_ASSERT_STRING_EQUAL(ng_peer_str(&peerv[0], "from-tag"), "b1");
	CU_ASSERT_STRING_EQUAL(ng_peer_str(&peerv[0], "to-tag"), "a");
	CU_ASSERT_STRING_EQUAL(ng_peer_str(&peerv[0], "sdp"), "v=0\r\na=recvonly\r\n");

	CU_ASSERT_FALSE(media_said(media, &side_a, &held));
	CU_ASSERT_TRUE(media_said(media, &side_a, &hold));
	CU_ASSERT_FALSE(media_said(media, &side_a, &hold));
	close_all();
}

static void test_nothing_to_renew(void)
{
	open_all();
	CU_ASSERT_EQUAL(offer(TURN_MS), 0);
	CU_ASSERT_EQUAL(renew().err, ENOENT);
	close_all();
}

static const struct unit_test testv[] = {
	{"new calls are dealt out by weight, none to a weight of 0", test_weights},
	{"who was tried or is dead gets none", test_tried_and_dead},
	{"relays that are all drained take no call", test_drained_alone},
	{"an offer that finds no room goes to the next relay", test_no_room},
	{"no room anywhere is said once all were asked", test_no_room_anywhere},
	{"a refused SDP goes nowhere else", test_refused},
	{"a relay that does not answer is passed over and told to forget", test_silent},
	{"a dead relay is passed over at once", test_dead},
	{"a call that was answered stays with its relay", test_pinned},
	{"a call of a dead relay moves with its next offer", test_dead_later},
	{"an answer to an offer that was forgotten repeats the offer", test_forgotten_before_the_answer},
	{"each relay counts its calls", test_calls_counted},
	{"a lost session is made anew, with a higher version in o=", test_renewed},
	{"a session of a dead relay is made anew elsewhere", test_renewed_elsewhere},
	{"what a session counted is counted once, also when it is lost", test_counted_once},
	{"what was refused is not part of what is made anew", test_renewed_as_agreed},
	{"what is made anew keeps who offered", test_renewed_by_who_offered},
	{"a session that was never agreed on is not made anew", test_nothing_to_renew},
	{NULL, NULL},
};

const struct unit_suite farm_suite = {"farm", testv};
