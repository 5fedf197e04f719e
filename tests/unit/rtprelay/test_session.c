/**
 * @file test_session.c  Offers, answers and silence, on a worker of its own and loopback ports
 */
#include <string.h>
#include <re.h>
#include "clock.h"
#include "offer.h"
#include "session.h"
#include "unit.h"

static uint64_t clock_skew_ms;

static uint64_t skewed_clock(void)
{
	return clock_mono_us() / 1000 + clock_skew_ms;
}

struct fixture {
	struct ports *ports;
	struct queue *done;
	struct worker *worker;
	struct sessions *ss;
	unsigned told; /* silences */
	char why[SESSION_WHY_SIZE];
	struct mbuf *sdp; /* the last rewritten one */
	const char *call_id;
};

static void silent_handler(struct session *s, void *arg)
{
	struct fixture *f = arg;

	++f->told;
}

static void fixture_init(struct fixture *f)
{
	const struct ports_config ports_cfg = {.port_min = 18000, .port_max = 18015, .quarantine_s = 1};
	struct sessions_config cfg = {.workerc = 1,
				      .timeout_s = 60,
				      .hairpin = true,
				      .silenth = silent_handler,
				      .arg = f};

	memset(f, 0, sizeof(*f));
	clock_skew_ms = 0;
	clock_mono_set(skewed_clock);
	f->sdp = mbuf_alloc(512);
	f->call_id = "call";
	CU_ASSERT_EQUAL_FATAL(ports_alloc(&f->ports, &ports_cfg), 0);
	CU_ASSERT_EQUAL_FATAL(queue_alloc(&f->done, false), 0);
	CU_ASSERT_EQUAL_FATAL(worker_alloc(&f->worker, &io_epoll, f->ports, f->done), 0);
	cfg.ports = f->ports;
	cfg.workerv = &f->worker;
	CU_ASSERT_EQUAL_FATAL(sessions_alloc(&f->ss, &cfg), 0);
}

static void fixture_close(struct fixture *f)
{
	mem_deref(f->ss);
	mem_deref(f->worker);
	worker_reap(f->done);
	mem_deref(f->done);
	mem_deref(f->ports);
	mem_deref(f->sdp);
	clock_mono_set(NULL);
}

#define HEAD "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
#define AUDIO "m=audio 4000 RTP/AVP 0\r\n"
#define VIDEO "m=video 4002 RTP/AVP 31\r\n"
#define NO_VIDEO "m=video 0 RTP/AVP 31\r\n"
#define HELD "m=audio 4000 RTP/AVP 0\r\na=inactive\r\n"

typedef int(exchange_h)(struct session **sp, struct sessions *ss, const struct ng_flags *flags,
			struct mbuf *mb, char why[SESSION_WHY_SIZE]);

static int exchange(struct fixture *f, exchange_h *h, const char *from, const char *to, const char *branch,
		    const char *sdp)
{
	struct ng_flags flags;
	struct session *s;

	memset(&flags, 0, sizeof(flags));
	pl_set_str(&flags.call_id, f->call_id);
	pl_set_str(&flags.from_tag, from);
	if (to)
		pl_set_str(&flags.to_tag, to);
	if (branch)
		pl_set_str(&flags.branch, branch);
	pl_set_str(&flags.sdp, sdp);
	(void)sa_set_str(&flags.localv[0], "127.0.0.1", 0);
	(void)sa_set_str(&flags.localv[1], "127.0.0.1", 0);
	mbuf_rewind(f->sdp);

	return h(&s, f->ss, &flags, f->sdp, f->why);
}

static int offer(struct fixture *f, const char *from, const char *to, const char *sdp)
{
	return exchange(f, session_offer, from, to, NULL, sdp);
}

static int answer(struct fixture *f, const char *from, const char *to, const char *sdp)
{
	return exchange(f, session_answer, from, to, NULL, sdp);
}

/* The port of an m-line in the last rewritten SDP. */
static uint16_t port_of(const struct fixture *f, const char *media)
{
	struct pl pl = {.p = (const char *)f->sdp->buf, .l = f->sdp->end}, port;
	char expr[64];

	(void)re_snprintf(expr, sizeof(expr), "m=%s [0-9]+", media);
	if (re_regex(pl.p, pl.l, expr, &port))
		return 0;

	return (uint16_t)pl_u32(&port);
}

static uint32_t ports_used(const struct fixture *f)
{
	struct ports_count count = {.used = 0};

	(void)ports_count(f->ports, &count, 1);

	return count.used;
}

static struct session *session(const struct fixture *f)
{
	struct pl id;

	pl_set_str(&id, "call");

	return session_find(f->ss, &id);
}

static struct party *party(const struct fixture *f, unsigned i)
{
	const struct le *le = list_head(&session(f)->partyl);

	while (i--)
		le = le->next;

	return le->data;
}

/* Taking a stream back is the worker's work; wait for it. */
static void settle(struct fixture *f, uint32_t used)
{
	int i;

	worker_flush(f->worker);
	for (i = 0; i < 1000 && ports_used(f) != used; i++) {
		sys_msleep(2);
		tmr_poll(NULL); /* which wakes the worker */
		worker_reap(f->done);
	}

	CU_ASSERT_EQUAL(ports_used(f), used);
}

static void ports_stay_through_offers_and_answers(void)
{
	struct fixture f;
	uint16_t to_b, to_a;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(offer(&f, "a", NULL, HEAD AUDIO), 0);
	to_b = port_of(&f, "audio");
	CU_ASSERT_EQUAL_FATAL(answer(&f, "a", "b", HEAD AUDIO), 0);
	to_a = port_of(&f, "audio");
	CU_ASSERT(to_a && to_b && to_a != to_b);

	CU_ASSERT_EQUAL(offer(&f, "a", NULL, HEAD AUDIO), 0);
	CU_ASSERT_EQUAL(port_of(&f, "audio"), to_b);
	CU_ASSERT_EQUAL(answer(&f, "a", "c", HEAD AUDIO), 0);
	CU_ASSERT_EQUAL(port_of(&f, "audio"), to_a);
	CU_ASSERT_EQUAL(offer(&f, "c", "a", HEAD HELD), 0);
	CU_ASSERT_EQUAL(port_of(&f, "audio"), to_a);
	CU_ASSERT_EQUAL(answer(&f, "c", "a", HEAD HELD), 0);
	CU_ASSERT_EQUAL(port_of(&f, "audio"), to_b);
	CU_ASSERT_EQUAL(ports_used(&f), 2);
	fixture_close(&f);
}

static void a_rejected_m_line_gives_its_ports_back_when_both_agree(void)
{
	struct fixture f;
	uint16_t video;

	fixture_init(&f);
	CU_ASSERT_EQUAL(offer(&f, "a", NULL, HEAD AUDIO VIDEO), 0);
	video = port_of(&f, "video");
	CU_ASSERT_EQUAL(ports_used(&f), 4);

	/* one answer declines: another may still accept */
	CU_ASSERT_EQUAL(answer(&f, "a", "b", HEAD AUDIO NO_VIDEO), 0);
	CU_ASSERT_EQUAL(ports_used(&f), 4);
	CU_ASSERT_EQUAL(answer(&f, "a", "c", HEAD AUDIO VIDEO), 0);

	CU_ASSERT_EQUAL(offer(&f, "a", "c", HEAD AUDIO NO_VIDEO), 0);
	CU_ASSERT_EQUAL(port_of(&f, "video"), 0);
	CU_ASSERT_EQUAL(ports_used(&f), 4);
	CU_ASSERT_EQUAL(answer(&f, "a", "c", HEAD AUDIO NO_VIDEO), 0);
	settle(&f, 2);

	CU_ASSERT_EQUAL(offer(&f, "a", "c", HEAD AUDIO VIDEO), 0);
	CU_ASSERT_NOT_EQUAL(port_of(&f, "video"), 0);
	CU_ASSERT_NOT_EQUAL(port_of(&f, "video"), video);
	fixture_close(&f);
}

static void who_is_unknown_is_refused(void)
{
	struct fixture f;

	fixture_init(&f);
	CU_ASSERT_EQUAL(answer(&f, "a", "b", HEAD AUDIO), ENOENT);
	CU_ASSERT_STRING_EQUAL(f.why, "Unknown call-id");
	CU_ASSERT_EQUAL(offer(&f, "a", NULL, HEAD AUDIO), 0);
	CU_ASSERT_EQUAL(answer(&f, "x", "b", HEAD AUDIO), ENOENT);
	CU_ASSERT_STRING_EQUAL(f.why, "Unknown from-tag for this call-id");
	CU_ASSERT_EQUAL(offer(&f, "x", NULL, HEAD AUDIO), ENOENT);
	CU_ASSERT_EQUAL(offer(&f, "x", "y", HEAD AUDIO), ENOENT);
	CU_ASSERT_EQUAL(offer(&f, "b", "a", HEAD AUDIO), 0);
	CU_ASSERT_EQUAL(answer(&f, "a", "b", HEAD AUDIO VIDEO), EBADMSG);
	CU_ASSERT_STRING_EQUAL(f.why, "The answer has more m-lines than the offer");
	fixture_close(&f);
}

static void a_failed_first_offer_leaves_nothing(void)
{
	struct fixture f;

	fixture_init(&f);
	CU_ASSERT_EQUAL(offer(&f, "a", NULL, "v=0\r\nnonsense\r\n"), EBADMSG);
	CU_ASSERT_EQUAL(offer(&f, "a", NULL, HEAD AUDIO AUDIO AUDIO AUDIO AUDIO), ENOSPC);
	CU_ASSERT_STRING_EQUAL(f.why, "Ran out of ports");
	CU_ASSERT_PTR_NULL(session(&f));
	settle(&f, 0);
	CU_ASSERT_EQUAL(worker_load(f.worker), 0);
	fixture_close(&f);
}

static void sweep_after(struct fixture *f, uint64_t ms)
{
	clock_skew_ms += ms;
	sessions_sweep(f->ss);
}

static void silence_is_told_after_its_time_and_repeated(void)
{
	struct sessions_count count;
	struct fixture f;

	fixture_init(&f);
	CU_ASSERT_EQUAL(offer(&f, "a", NULL, HEAD AUDIO), 0);
	CU_ASSERT_EQUAL(answer(&f, "a", "b", HEAD AUDIO), 0);
	session(&f)->notify = true;

	sweep_after(&f, 59000);
	CU_ASSERT_EQUAL(f.told, 0);
	sweep_after(&f, 2000);
	CU_ASSERT_EQUAL(f.told, 1);
	sweep_after(&f, 1000);
	CU_ASSERT_EQUAL(f.told, 1);
	sweep_after(&f, 5000);
	CU_ASSERT_EQUAL(f.told, 2);

	CU_ASSERT_PTR_NOT_NULL(session(&f));
	sweep_after(&f, 120000);
	CU_ASSERT_PTR_NULL(session(&f));
	sessions_count(f.ss, &count);
	CU_ASSERT_EQUAL(count.now, 0);
	CU_ASSERT_EQUAL(count.silent, 1);
	CU_ASSERT_EQUAL(count.expired, 1);
	fixture_close(&f);
}

static void a_call_that_rings_or_is_held_may_be_silent(void)
{
	struct fixture f;

	fixture_init(&f);
	CU_ASSERT_EQUAL(offer(&f, "a", NULL, HEAD AUDIO), 0);
	session(&f)->notify = true;
	sweep_after(&f, 250000);
	CU_ASSERT_EQUAL(f.told, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(session(&f));

	CU_ASSERT_EQUAL(answer(&f, "a", "b", HEAD HELD), 0);
	sweep_after(&f, 3600000);
	CU_ASSERT_EQUAL(f.told, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(session(&f));

	/* the old way to hold, RFC 2543 */
	CU_ASSERT_EQUAL(answer(&f, "a", "b", "v=0\r\nc=IN IP4 0.0.0.0\r\n" AUDIO), 0);
	sweep_after(&f, 3600000);
	CU_ASSERT_EQUAL(f.told, 0);
	CU_ASSERT_PTR_NOT_NULL(session(&f));

	sweep_after(&f, 24 * 3600000ULL);
	CU_ASSERT_PTR_NULL(session(&f));
	fixture_close(&f);
}

static void a_session_never_answered_is_removed(void)
{
	struct fixture f;

	fixture_init(&f);
	CU_ASSERT_EQUAL(offer(&f, "a", NULL, HEAD AUDIO), 0);
	sweep_after(&f, 301000);
	CU_ASSERT_PTR_NULL(session(&f));
	settle(&f, 0);
	fixture_close(&f);
}

#define MOVED "v=0\r\no=- 1 2 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
#define NULL_HOST "v=0\r\no=- 1 2 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"

static bool receives_at(const struct fixture *f, unsigned side, const char *addr)
{
	const struct media *m = party(f, side)->mediav[0];
	struct sa sa;

	return !sa_set_str(&sa, addr, 4000) && sa_cmp(&m->announce.addrv[STREAM_RTP], &sa, SA_ALL);
}

/* RFC 3264 section 8: if it is refused, the session goes on as it was. */
static void a_later_offer_moves_nothing_before_its_answer(void)
{
	struct fixture f;

	fixture_init(&f);
	CU_ASSERT_EQUAL(offer(&f, "a", NULL, HEAD AUDIO), 0);
	CU_ASSERT_TRUE(receives_at(&f, 0, "10.0.0.1"));
	CU_ASSERT_EQUAL(answer(&f, "a", "b", HEAD AUDIO), 0);

	/* refused: a change of address, a hold, another by the other side */
	CU_ASSERT_EQUAL(offer(&f, "a", "b", MOVED AUDIO), 0);
	CU_ASSERT_TRUE(receives_at(&f, 0, "10.0.0.1"));
	CU_ASSERT_EQUAL(offer(&f, "a", "b", NULL_HOST AUDIO), 0);
	CU_ASSERT_EQUAL(offer(&f, "b", "a", HEAD HELD), 0);
	CU_ASSERT_EQUAL(offer(&f, "a", "b", HEAD "m=audio 0 RTP/AVP 0\r\n"), 0);
	CU_ASSERT_TRUE(receives_at(&f, 0, "10.0.0.1"));
	CU_ASSERT_TRUE(party_flows(party(&f, 0)));

	CU_ASSERT_EQUAL(offer(&f, "a", "b", MOVED AUDIO), 0);
	CU_ASSERT_EQUAL(answer(&f, "a", "b", HEAD AUDIO), 0);
	CU_ASSERT_TRUE(receives_at(&f, 0, "10.0.0.9"));
	CU_ASSERT_TRUE(receives_at(&f, 1, "10.0.0.1"));

	/* what a refused offer asked for is not taken up by the answer to another */
	CU_ASSERT_EQUAL(offer(&f, "a", "b", HEAD AUDIO), 0);
	CU_ASSERT_EQUAL(offer(&f, "b", "a", MOVED AUDIO), 0);
	CU_ASSERT_EQUAL(answer(&f, "b", "a", MOVED AUDIO), 0);
	CU_ASSERT_TRUE(receives_at(&f, 0, "10.0.0.9"));
	CU_ASSERT_TRUE(receives_at(&f, 1, "10.0.0.9"));

	/* another answerer is taken at his word at once */
	CU_ASSERT_EQUAL(offer(&f, "a", NULL, MOVED AUDIO), 0);
	CU_ASSERT_EQUAL(answer(&f, "a", "c", HEAD AUDIO), 0);
	CU_ASSERT_TRUE(receives_at(&f, 1, "10.0.0.1"));
	fixture_close(&f);
}

/* Who has its media with us offers to take it elsewhere, and may be refused. */
static void a_port_of_ours_stays_allowed_until_the_answer(void)
{
	struct fixture f;
	char ours[128];

	fixture_init(&f);
	f.call_id = "other";
	CU_ASSERT_EQUAL(offer(&f, "a", NULL, HEAD AUDIO), 0);
	(void)re_snprintf(ours, sizeof(ours),
			  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			  "m=audio %u RTP/AVP 0\r\n",
			  port_of(&f, "audio"));

	f.call_id = "call";
	CU_ASSERT_EQUAL(offer(&f, "a", NULL, HEAD AUDIO), 0);
	CU_ASSERT_EQUAL(answer(&f, "a", "b", ours), 0);
	CU_ASSERT_TRUE(party(&f, 1)->mediav[0]->announce.hairpin);
	CU_ASSERT_EQUAL(offer(&f, "b", "a", MOVED AUDIO), 0);
	CU_ASSERT_TRUE(party(&f, 1)->mediav[0]->announce.hairpin);
	CU_ASSERT_EQUAL(answer(&f, "b", "a", HEAD AUDIO), 0);
	CU_ASSERT_FALSE(party(&f, 1)->mediav[0]->announce.hairpin);
	fixture_close(&f);
}

#define ICE(ufrag) AUDIO "a=ice-ufrag:" ufrag "\r\na=ice-pwd:0123456789012345678901\r\n"

static bool checks_as(const struct fixture *f, const char *ufrag)
{
	return !strcmp(party(f, 1)->mediav[0]->ice.ufrag, ufrag);
}

/* Its checks carry the credentials of our offer, whoever answered before; only the next one tried has others. */
static void who_answers_an_offer_checks_by_what_it_said(void)
{
	char ufrag[ICE_UFRAG_SIZE];
	struct fixture f;

	fixture_init(&f);
	CU_ASSERT_EQUAL(offer(&f, "a", NULL, HEAD ICE("aaaa")), 0);
	str_ncpy(ufrag, party(&f, 1)->mediav[0]->ice.ufrag, sizeof(ufrag));
	CU_ASSERT_TRUE(str_isset(ufrag));
	CU_ASSERT_EQUAL(answer(&f, "a", "b", HEAD ICE("bbbb")), 0);
	CU_ASSERT_TRUE(checks_as(&f, ufrag));
	CU_ASSERT_EQUAL(answer(&f, "a", "c", HEAD ICE("cccc")), 0);
	CU_ASSERT_TRUE(checks_as(&f, ufrag));

	CU_ASSERT_EQUAL(offer(&f, "a", NULL, HEAD ICE("aaaa")), 0);
	CU_ASSERT_FALSE(checks_as(&f, ufrag));
	str_ncpy(ufrag, party(&f, 1)->mediav[0]->ice.ufrag, sizeof(ufrag));
	CU_ASSERT_EQUAL(answer(&f, "a", "d", HEAD ICE("dddd")), 0);
	CU_ASSERT_TRUE(checks_as(&f, ufrag));

	/* its own offer under another name is a restart */
	CU_ASSERT_EQUAL(offer(&f, "d", "a", HEAD ICE("eeee")), 0);
	CU_ASSERT_EQUAL(answer(&f, "d", "a", HEAD ICE("aaaa")), 0);
	CU_ASSERT_FALSE(checks_as(&f, ufrag));
	fixture_close(&f);
}

static void each_branch_of_a_fork_has_its_own_ports(void)
{
	uint16_t first, second, callers;
	struct fixture f;

	fixture_init(&f);
	CU_ASSERT_EQUAL(exchange(&f, session_offer, "a", NULL, "1", HEAD AUDIO), 0);
	first = port_of(&f, "audio");
	CU_ASSERT_EQUAL(exchange(&f, session_offer, "a", NULL, "2", HEAD AUDIO), 0);
	second = port_of(&f, "audio");
	CU_ASSERT_NOT_EQUAL(first, second);
	CU_ASSERT_EQUAL(exchange(&f, session_offer, "a", NULL, "1", HEAD AUDIO), 0);
	CU_ASSERT_EQUAL(port_of(&f, "audio"), first);

	/* the caller sees one and the same port, whoever answers */
	CU_ASSERT_EQUAL(exchange(&f, session_answer, "a", "b2", "2", HEAD AUDIO), 0);
	callers = port_of(&f, "audio");
	CU_ASSERT_PTR_EQUAL(party(&f, 0)->with, party(&f, 2));
	CU_ASSERT_EQUAL(exchange(&f, session_answer, "a", "b1", "1", HEAD AUDIO), 0);
	CU_ASSERT_EQUAL(port_of(&f, "audio"), callers);
	CU_ASSERT_PTR_EQUAL(party(&f, 0)->with, party(&f, 1));
	CU_ASSERT_STRING_EQUAL(party(&f, 1)->tag, "b1");

	/* once known by its tag it needs no branch */
	CU_ASSERT_EQUAL(answer(&f, "a", "b2", HEAD AUDIO), 0);
	CU_ASSERT_PTR_EQUAL(party(&f, 0)->with, party(&f, 2));
	CU_ASSERT_EQUAL(ports_used(&f), 3);

	party_remove(party(&f, 2));
	CU_ASSERT_PTR_NULL(party(&f, 0)->with);
	settle(&f, 2);
	CU_ASSERT_EQUAL(answer(&f, "a", "b1", HEAD AUDIO), 0);
	CU_ASSERT_PTR_EQUAL(party(&f, 0)->with, party(&f, 1));
	fixture_close(&f);
}

static void branches_are_bounded_and_a_failed_one_leaves_nothing(void)
{
	unsigned i, made = 0;
	struct fixture f;
	char branch[8];

	fixture_init(&f);
	for (i = 0; i < 20; i++) {
		(void)re_snprintf(branch, sizeof(branch), "%u", i);
		made += !exchange(&f, session_offer, "a", NULL, branch, HEAD AUDIO);
	}

	/* eight pairs of ports: the caller's, and seven branches */
	CU_ASSERT_EQUAL(made, 7);
	CU_ASSERT_STRING_EQUAL(f.why, "Ran out of ports");
	CU_ASSERT_EQUAL(list_count(&session(&f)->partyl), 8);
	fixture_close(&f);
}

static const struct unit_test testv[] = {
	{"each branch of a fork has its own ports", each_branch_of_a_fork_has_its_own_ports},
	{"branches are bounded and a failed one leaves nothing",
	 branches_are_bounded_and_a_failed_one_leaves_nothing},
	{"ports stay through offers and answers", ports_stay_through_offers_and_answers},
	{"a rejected m-line gives its ports back when both agree",
	 a_rejected_m_line_gives_its_ports_back_when_both_agree},
	{"who is unknown is refused", who_is_unknown_is_refused},
	{"a failed first offer leaves nothing", a_failed_first_offer_leaves_nothing},
	{"silence is told after its time, repeated, and ends the session",
	 silence_is_told_after_its_time_and_repeated},
	{"a call that rings or is held may be silent", a_call_that_rings_or_is_held_may_be_silent},
	{"a later offer moves nothing before its answer", a_later_offer_moves_nothing_before_its_answer},
	{"a session never answered is removed", a_session_never_answered_is_removed},
	{"a port of ours stays allowed until the answer", a_port_of_ours_stays_allowed_until_the_answer},
	{"who answers an offer checks by what it said", who_answers_an_offer_checks_by_what_it_said},
	{NULL, NULL},
};

const struct unit_suite session_suite = {"session", testv};
