/**
 * @file test_stream.c  Streams on an engine that only remembers: what is judged, counted, sent where
 */
#include <string.h>
#include <re.h>
#include "stream.h"
#include "unit.h"

/** An I/O engine in memory: sockets that are known, and the last packet sent. */
struct io {
	struct io_sock *sockv[16];
	unsigned sockc;
	unsigned sent;
	int fd;
	size_t len;
	uint8_t type[2]; /* of STUN */
	struct sa dst;
};

static int fake_add(struct io *io, struct io_sock *sock, int fd)
{
	io->sockv[io->sockc++] = sock;

	return 0;
}

static void fake_remove(struct io *io, struct io_sock *sock)
{
	io->sockc -= io->sockc > 0;
}

static void fake_send(struct io *io, const struct io_sock *sock, const struct io_packet *pkt,
		      const struct sa *dst)
{
	++io->sent;
	io->fd = sock->fd;
	io->len = pkt->len;
	if (pkt->len >= sizeof(io->type))
		memcpy(io->type, pkt->p, sizeof(io->type));
	io->dst = *dst;
}

static const struct io_engine fake_engine = {
	.name = "fake",
	.add = fake_add,
	.remove = fake_remove,
	.send = fake_send,
};

enum { SIDES = 2, FORK = SIDES, STREAMS };

/** Descriptors stand for sockets: side 0 has 10 and 11, side 1 has 20 and 21, its fork 30 and 31. */
struct fixture {
	struct stream *stv[STREAMS];
	struct ports *ports;
	struct io io;
	struct stats_worker stats;
	struct stream_env env;
	struct port_pair pairv[STREAMS];
};

static void announce_with(struct fixture *f, unsigned side, const char *rtp, const char *rtcp,
			  struct stream_announce ann)
{
	ann.rtp = true;
	ann.final = true;
	ann.payloads.ptv[0] = 1;
	(void)sa_decode(&ann.addrv[STREAM_RTP], rtp, strlen(rtp));
	(void)sa_decode(&ann.addrv[STREAM_RTCP], rtcp, strlen(rtcp));
	stream_announce(f->stv[side], &f->env, &ann);
}

static void announce(struct fixture *f, unsigned side, const char *rtp, const char *rtcp, bool mux)
{
	announce_with(f, side, rtp, rtcp, (struct stream_announce){.mux = mux});
}

static void fixture_init(struct fixture *f)
{
	const struct ports_config cfg = {.port_min = 20000, .port_max = 20999};
	unsigned i;

	memset(f, 0, sizeof(*f));
	f->env.engine = &fake_engine;
	f->env.io = &f->io;
	f->env.stats = &f->stats;
	CU_ASSERT_EQUAL_FATAL(ports_alloc(&f->ports, &cfg), 0);
	f->env.ports = f->ports;

	for (i = 0; i < STREAMS; i++) {
		CU_ASSERT_EQUAL_FATAL(stream_alloc(&f->stv[i]), 0);
		f->pairv[i].fdv[0] = 10 * (int)(i + 1);
		f->pairv[i].fdv[1] = 10 * (int)(i + 1) + 1;
		CU_ASSERT_EQUAL_FATAL(stream_watch(f->stv[i], &f->env, &f->pairv[i]), 0);
		CU_ASSERT_PTR_NULL(stream_bind(f->stv[i], &f->env, &f->pairv[i]));
	}

	stream_link(f->stv[0], f->stv[1]);
	stream_link(f->stv[1], f->stv[0]);
	stream_link(f->stv[FORK], f->stv[0]);

	announce(f, 0, "10.0.0.1:4000", "10.0.0.1:4001", false);
	announce(f, 1, "10.0.0.2:5000", "10.0.0.2:5001", false);
	announce(f, FORK, "10.0.0.3:6000", "10.0.0.3:6001", false);
}

static void fixture_close(struct fixture *f)
{
	unsigned i;

	for (i = 0; i < STREAMS; i++)
		CU_ASSERT_PTR_EQUAL(stream_detach(f->stv[i], &f->env), &f->pairv[i]);

	CU_ASSERT_EQUAL(f->io.sockc, 0);
	for (i = 0; i < STREAMS; i++)
		mem_deref(f->stv[i]);
	mem_deref(f->ports);
}

/* A packet from `src` comes in on descriptor `fd`. */
static void receive(struct fixture *f, int fd, const char *src, const void *p, size_t len)
{
	struct io_packet pkt = {.len = len, .now_us = 1000000};
	uint8_t buf[256];
	unsigned i;

	memcpy(buf, p, len);
	pkt.p = buf;
	(void)sa_decode(&pkt.src, src, strlen(src));

	for (i = 0; i < f->io.sockc; i++)
		if (f->io.sockv[i]->fd == fd)
			stream_receive(f->io.sockv[i], &pkt, &f->env);
}

static bool sent_to(const struct fixture *f, int fd, const char *dst)
{
	struct sa sa;

	(void)sa_decode(&sa, dst, strlen(dst));

	return f->io.fd == fd && sa_cmp(&f->io.dst, &sa, SA_ALL);
}

static const uint8_t rtp[] = {0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 'x'};
static const uint8_t rtcp[] = {0x80, 201, 0, 1, 0, 0, 0, 7};

static void a_packet_leaves_on_the_other_sides_socket(void)
{
	static const struct {
		int in;
		const char *src;
		bool rtcp;
		int out;
		const char *dst;
	} vectorv[] = {
		{10, "10.0.0.1:4000", false, 20, "10.0.0.2:5000"},
		{11, "10.0.0.1:4001", true, 21, "10.0.0.2:5001"},
		{20, "10.0.0.2:5000", false, 10, "10.0.0.1:4000"},
		{21, "10.0.0.2:5001", true, 11, "10.0.0.1:4001"},
		{10, "10.0.0.1:4000", true, 21, "10.0.0.2:5001"},
	};
	struct fixture f;
	size_t i;

	fixture_init(&f);

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {
		receive(&f, vectorv[i].in, vectorv[i].src, vectorv[i].rtcp ? rtcp : rtp,
			vectorv[i].rtcp ? sizeof(rtcp) : sizeof(rtp));
		CU_ASSERT_EQUAL(f.io.sent, i + 1);
		CU_ASSERT(sent_to(&f, vectorv[i].out, vectorv[i].dst));
	}

	CU_ASSERT_EQUAL(stat_get(&f.stats.packets), ARRAY_SIZE(vectorv));
	fixture_close(&f);
}

static void rtcp_goes_to_the_rtp_port_of_a_side_that_muxes(void)
{
	struct fixture f;

	fixture_init(&f);
	announce(&f, 1, "10.0.0.2:5000", "10.0.0.2:5001", true);
	receive(&f, 11, "10.0.0.1:4001", rtcp, sizeof(rtcp));
	CU_ASSERT(sent_to(&f, 20, "10.0.0.2:5000"));
	receive(&f, 20, "10.0.0.2:5000", rtcp, sizeof(rtcp));
	CU_ASSERT(sent_to(&f, 11, "10.0.0.1:4001"));
	fixture_close(&f);
}

static void what_is_dropped_has_its_counter(void)
{
	static const struct {
		const char *src;
		uint8_t p[16];
		size_t len;
		enum stats_drop reason;
	} vectorv[] = {
		{"10.0.0.1:4000", {0x80}, 1, DROP_MALFORMED},
		{"10.0.0.1:4000", {0}, 16, DROP_NOT_MEDIA},
		{"10.0.0.1:4000", {0x16}, 16, DROP_NOT_MEDIA},
		{"203.0.113.1:4000", {0x80, 8}, 12, DROP_STRANGER}, /* payload type 8 was not announced */
		{"0.0.0.0:4000", {0x80}, 12, DROP_OWN},
	};
	struct fixture f;
	size_t i;

	fixture_init(&f);

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		const uint64_t before = stat_get(&f.stats.dropv[vectorv[i].reason]);

		receive(&f, 10, vectorv[i].src, vectorv[i].p, vectorv[i].len);
		CU_ASSERT_EQUAL(stat_get(&f.stats.dropv[vectorv[i].reason]), before + 1);
	}

	CU_ASSERT_EQUAL(f.io.sent, 0);
	fixture_close(&f);
}

static void a_side_without_an_address_is_not_sent_to(void)
{
	struct fixture f;

	fixture_init(&f);
	announce(&f, 1, "0.0.0.0:5000", "0.0.0.0:5001", false);
	receive(&f, 10, "10.0.0.1:4000", rtp, sizeof(rtp));
	CU_ASSERT_EQUAL(f.io.sent, 0);
	CU_ASSERT_EQUAL(stat_get(&f.stats.dropv[DROP_NO_TARGET]), 1);
	fixture_close(&f);
}

static void of_a_fork_only_the_callee_the_caller_talks_to_is_heard(void)
{
	struct fixture f;

	fixture_init(&f);
	receive(&f, 30, "10.0.0.3:6000", rtp, sizeof(rtp));
	CU_ASSERT_EQUAL(f.io.sent, 0);
	CU_ASSERT_EQUAL(stat_get(&f.stats.dropv[DROP_INACTIVE]), 1);

	stream_link(f.stv[0], f.stv[FORK]);
	receive(&f, 30, "10.0.0.3:6000", rtp, sizeof(rtp));
	CU_ASSERT(sent_to(&f, 10, "10.0.0.1:4000"));
	receive(&f, 10, "10.0.0.1:4000", rtp, sizeof(rtp));
	CU_ASSERT(sent_to(&f, 30, "10.0.0.3:6000"));
	receive(&f, 20, "10.0.0.2:5000", rtp, sizeof(rtp));
	CU_ASSERT_EQUAL(f.io.sent, 2);
	CU_ASSERT_EQUAL(stat_get(&f.stats.dropv[DROP_INACTIVE]), 2);
	fixture_close(&f);
}

/* The other end may go first: a fork that was deleted. */
static void a_stream_without_another_end_sends_nowhere(void)
{
	struct fixture f;

	fixture_init(&f);
	CU_ASSERT_PTR_EQUAL(stream_detach(f.stv[1], &f.env), &f.pairv[1]);
	receive(&f, 10, "10.0.0.1:4000", rtp, sizeof(rtp));
	receive(&f, 11, "10.0.0.1:4001", rtcp, sizeof(rtcp));
	CU_ASSERT_EQUAL(f.io.sent, 0);
	CU_ASSERT_EQUAL(stat_get(&f.stats.dropv[DROP_NO_TARGET]), 2);
	CU_ASSERT_EQUAL_FATAL(stream_watch(f.stv[1], &f.env, &f.pairv[1]), 0);
	(void)stream_bind(f.stv[1], &f.env, &f.pairv[1]);
	fixture_close(&f);
}

static void blocked_media_is_dropped_and_rtcp_passes(void)
{
	const struct stream_control block = {.block = true}, pass = {.block = false};
	struct fixture f;

	fixture_init(&f);
	stream_control(f.stv[0], &block);
	receive(&f, 10, "10.0.0.1:4000", rtp, sizeof(rtp));
	CU_ASSERT_EQUAL(f.io.sent, 0);
	CU_ASSERT_EQUAL(stat_get(&f.stats.dropv[DROP_BLOCKED]), 1);
	receive(&f, 11, "10.0.0.1:4001", rtcp, sizeof(rtcp));
	CU_ASSERT_EQUAL(f.io.sent, 1);
	stream_control(f.stv[0], &pass);
	receive(&f, 10, "10.0.0.1:4000", rtp, sizeof(rtp));
	CU_ASSERT_EQUAL(f.io.sent, 2);
	fixture_close(&f);
}

/* Two packets in order from a host that no SDP named; the first does not pass. */
static void unknown_proves(struct fixture *f, int fd, const char *src)
{
	const uint64_t unproven = stat_get(&f->stats.dropv[DROP_UNPROVEN]);
	const unsigned sent = f->io.sent;
	uint8_t next[sizeof(rtp)];

	receive(f, fd, src, rtp, sizeof(rtp));
	CU_ASSERT_EQUAL(stat_get(&f->stats.dropv[DROP_UNPROVEN]), unproven + 1);
	CU_ASSERT_EQUAL(f->io.sent, sent);

	memcpy(next, rtp, sizeof(rtp));
	++next[3];
	receive(f, fd, src, next, sizeof(next));
	CU_ASSERT_EQUAL(f->io.sent, sent + 1);
}

static void rtcp_follows_rtp_to_an_unknown_host(void)
{
	struct fixture f;

	fixture_init(&f);
	receive(&f, 11, "192.0.2.5:7009", rtcp, sizeof(rtcp));
	CU_ASSERT_EQUAL(stat_get(&f.stats.dropv[DROP_STRANGER]), 1);
	unknown_proves(&f, 10, "192.0.2.5:7000");
	receive(&f, 11, "192.0.2.5:7009", rtcp, sizeof(rtcp));
	CU_ASSERT(sent_to(&f, 21, "10.0.0.2:5001"));
	receive(&f, 21, "10.0.0.2:5001", rtcp, sizeof(rtcp));
	CU_ASSERT(sent_to(&f, 11, "192.0.2.5:7009"));
	fixture_close(&f);
}

/* A session timer's re-INVITE says the private address once more. */
static void the_same_sdp_again_moves_no_rtcp(void)
{
	struct fixture f;

	fixture_init(&f);
	unknown_proves(&f, 10, "192.0.2.5:7000");
	announce(&f, 0, "10.0.0.1:4000", "10.0.0.1:4001", false);
	receive(&f, 21, "10.0.0.2:5001", rtcp, sizeof(rtcp));
	CU_ASSERT(sent_to(&f, 11, "192.0.2.5:7001"));

	receive(&f, 11, "192.0.2.5:7001", rtcp, sizeof(rtcp));
	announce(&f, 0, "10.0.0.1:4000", "10.0.0.1:4001", false);
	receive(&f, 11, "192.0.2.5:7001", rtcp, sizeof(rtcp));
	receive(&f, 21, "10.0.0.2:5001", rtcp, sizeof(rtcp));
	CU_ASSERT(sent_to(&f, 11, "192.0.2.5:7001"));
	fixture_close(&f);
}

#define UFRAG "8hhYxxxx"
#define PWD "asd88fgpdd777uzjYhagZabc"

static const struct ice_credentials own = {.ufrag = UFRAG, .pwd = PWD};

static void check_receive(struct fixture *f, int fd, const char *src, const char *pwd, bool nominate)
{
	const uint8_t tid[STUN_TID_SIZE] = {1};
	struct mbuf *mb = mbuf_alloc(128);

	(void)stun_msg_encode(mb, STUN_METHOD_BINDING, STUN_CLASS_REQUEST, tid, NULL, (const uint8_t *)pwd,
			      strlen(pwd), true, 0, 2, STUN_ATTR_USERNAME, UFRAG ":x", STUN_ATTR_USE_CAND,
			      nominate ? "" : NULL);
	receive(f, fd, src, mb->buf, mb->end);
	mem_deref(mb);
}

static void an_ice_check_is_answered_and_moves_the_peer_if_it_nominates(void)
{
	static const struct {
		const char *pwd;
		bool nominate;
		uint8_t type[2];
		const char *target;
	} vectorv[] = {
		{PWD, false, {0x01, 0x01}, "10.0.0.1:4000"},
		{"guess", true, {0x01, 0x11}, "10.0.0.1:4000"},
		{PWD, true, {0x01, 0x01}, "192.0.2.5:7000"},
	};
	struct fixture f;
	size_t i;

	fixture_init(&f);
	check_receive(&f, 10, "192.0.2.5:7000", PWD, true);
	CU_ASSERT_EQUAL(f.io.sent, 0);
	CU_ASSERT_EQUAL(stat_get(&f.stats.dropv[DROP_NOT_MEDIA]), 1);

	stream_ice(f.stv[0], &own);

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {
		check_receive(&f, 10, "192.0.2.5:7000", vectorv[i].pwd, vectorv[i].nominate);
		CU_ASSERT(sent_to(&f, 10, "192.0.2.5:7000"));
		CU_ASSERT_EQUAL(memcmp(f.io.type, vectorv[i].type, 2), 0);
		receive(&f, 20, "10.0.0.2:5000", rtp, sizeof(rtp));
		CU_ASSERT(sent_to(&f, 10, vectorv[i].target));
	}

	CU_ASSERT_EQUAL(stat_get(&f.stats.dropv[DROP_CHECK]), 3);
	CU_ASSERT_EQUAL(stat_get(&f.stats.packets), 3);

	/* who was not checked is a stranger from now on */
	receive(&f, 10, "10.0.0.1:4000", rtp, sizeof(rtp));
	CU_ASSERT_EQUAL(stat_get(&f.stats.dropv[DROP_STRANGER]), 1);
	fixture_close(&f);
}

static void a_silent_streams_nat_binding_is_kept(void)
{
	struct fixture f;
	unsigned i;

	for (i = 0; i < 2; i++) {

		fixture_init(&f);
		if (i)
			stream_ice(f.stv[0], &own);
		stream_keepalive(f.stv[0], &f.env, 1, 1000);
		CU_ASSERT_EQUAL(f.io.sent, 2);
		CU_ASSERT(sent_to(&f, 11, "10.0.0.1:4001"));
		CU_ASSERT_EQUAL(f.io.len, i ? 28 : 0);
		CU_ASSERT(!i || f.io.type[1] == 0x11);
		CU_ASSERT_EQUAL(stream_sent_us(f.stv[0], STREAM_RTP), 1000);

		/* not where something was sent since, nor where nobody is known */
		stream_keepalive(f.stv[0], &f.env, 1000, 2000);
		CU_ASSERT_EQUAL(f.io.sent, 2);
		announce(&f, 0, "0.0.0.0:4000", "0.0.0.0:4001", false);
		stream_keepalive(f.stv[0], &f.env, 9000, 9999);
		CU_ASSERT_EQUAL(f.io.sent, 2);
		fixture_close(&f);
	}
}

static void a_keepalive_of_the_peer_is_no_error(void)
{
	struct stream_view view;
	struct fixture f;

	fixture_init(&f);
	receive(&f, 10, "10.0.0.1:4000", rtp, 0);
	CU_ASSERT_EQUAL(f.io.sent, 0);
	CU_ASSERT_EQUAL(stat_get(&f.stats.dropv[DROP_KEEPALIVE]), 1);
	stream_view(f.stv[0], &view);
	CU_ASSERT_EQUAL(view.partv[STREAM_RTP].errors, 0);
	fixture_close(&f);
}

static void an_asymmetric_partys_media_goes_where_its_sdp_says(void)
{
	struct fixture f;

	fixture_init(&f);
	announce_with(&f, 0, "10.0.0.1:4000", "10.0.0.1:4001",
		      (struct stream_announce){.rules = {.asymmetric = true}});
	unknown_proves(&f, 10, "192.0.2.5:7000");
	receive(&f, 20, "10.0.0.2:5000", rtp, sizeof(rtp));
	CU_ASSERT(sent_to(&f, 10, "10.0.0.1:4000"));
	fixture_close(&f);
}

static void a_view_shows_the_latched_peer_and_the_counts(void)
{
	struct stream_view view;
	struct fixture f;
	struct sa sa;

	fixture_init(&f);
	stream_view(f.stv[0], &view);
	CU_ASSERT(!view.partv[STREAM_RTP].latched);
	CU_ASSERT_EQUAL(view.last_us, 0);

	unknown_proves(&f, 10, "192.0.2.5:7000");
	stream_view(f.stv[0], &view);
	(void)sa_set_str(&sa, "192.0.2.5", 7000);
	CU_ASSERT(sa_cmp(&view.partv[STREAM_RTP].peer, &sa, SA_ALL));
	CU_ASSERT(view.partv[STREAM_RTP].latched);
	CU_ASSERT_EQUAL(view.partv[STREAM_RTP].packets, 1);
	CU_ASSERT_EQUAL(view.partv[STREAM_RTP].bytes, sizeof(rtp));
	CU_ASSERT_EQUAL(view.source.ssrc, 7);
	CU_ASSERT_EQUAL(view.last_us, 1000000);

	/* behind a NAT RTCP is tried one port up */
	sa_set_port(&sa, 7001);
	CU_ASSERT(sa_cmp(&view.partv[STREAM_RTCP].peer, &sa, SA_ALL));
	fixture_close(&f);
}

static const struct unit_test testv[] = {
	{"a packet leaves on the other side's socket", a_packet_leaves_on_the_other_sides_socket},
	{"RTCP goes to the RTP port of a side that muxes", rtcp_goes_to_the_rtp_port_of_a_side_that_muxes},
	{"what is dropped has its counter", what_is_dropped_has_its_counter},
	{"a side without an address is not sent to", a_side_without_an_address_is_not_sent_to},
	{"of a fork only the callee the caller talks to is heard",
	 of_a_fork_only_the_callee_the_caller_talks_to_is_heard},
	{"a stream without another end sends nowhere", a_stream_without_another_end_sends_nowhere},
	{"blocked media is dropped and RTCP passes", blocked_media_is_dropped_and_rtcp_passes},
	{"RTCP follows RTP to an unknown host", rtcp_follows_rtp_to_an_unknown_host},
	{"the same SDP again moves no RTCP", the_same_sdp_again_moves_no_rtcp},
	{"an ICE check is answered, and moves the peer if it nominates",
	 an_ice_check_is_answered_and_moves_the_peer_if_it_nominates},
	{"a silent stream's NAT binding is kept (RFC 6263)", a_silent_streams_nat_binding_is_kept},
	{"a keep-alive of the peer is no error", a_keepalive_of_the_peer_is_no_error},
	{"an asymmetric party's media goes where its SDP says",
	 an_asymmetric_partys_media_goes_where_its_sdp_says},
	{"a view shows the latched peer and the counts", a_view_shows_the_latched_peer_and_the_counts},
	{NULL, NULL},
};

const struct unit_suite stream_suite = {"stream", testv};
