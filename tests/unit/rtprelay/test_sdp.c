/**
 * @file test_sdp.c  SDP: what is read, and what is refused
 */
#include <string.h>
#include <re.h>
#include "sdp.h"
#include "unit.h"

static int decode(struct rsdp *sdp, const char *text, char why[RSDP_ERROR_SIZE])
{
	struct pl pl;

	pl_set_str(&pl, text);

	return rsdp_decode(sdp, &pl, why);
}

/* clang-format off */
static const struct {
	const char *text;
	const char *why;
} faultv[] = {
	{"", "SDP line 0: the body is empty"},
	{"\r\n\r\n", "SDP line 0: the body is empty"},
	{"x", "SDP line 1: not of the form 'letter=value'"},
	{"s=-\r\n", "SDP line 1: the first line is not 'v='"},
	{"v=0\r\n\r\ns=-\r\n", "SDP line 2: not of the form 'letter=value'"},
	{"v=0\r\nV=0\r\n", "SDP line 2: not of the form 'letter=value'"},
	{"v=0\r\nm=audio\r\n", "SDP line 2: an m-line is 'm=media port protocol formats'"},
	{"v=0\r\nm=audio 4000\r\n", "SDP line 2: an m-line is 'm=media port protocol formats'"},
	{"v=0\r\nm=audio 65536 RTP/AVP 0\r\n", "SDP line 2: the port is not a number up to 65535"},
	{"v=0\r\nm=audio -1 RTP/AVP 0\r\n", "SDP line 2: the port is not a number up to 65535"},
	{"v=0\r\nm=audio 4000/0 RTP/AVP 0\r\n", "SDP line 2: the number of ports is not a number from 1"},
	{"v=0\r\nm=audio 4000/ RTP/AVP 0\r\n", "SDP line 2: the number of ports is not a number from 1"},
	{"v=0\r\ns=-\r\nm=audio 4000 RTP/AVP 0\r\na=x\r\n", "SDP line 3: the m-line has no c= line, nor has the session"},
	{"v=0\r\nc=IN IP4\r\n", "SDP line 2: an address is 'IN IP4 a.b.c.d' or 'IN IP6 a:b::c'"},
	{"v=0\r\nc=ATM IP4 1.2.3.4\r\n", "SDP line 2: the address type is neither 'IN IP4' nor 'IN IP6'"},
	{"v=0\r\nc=IN IP5 1.2.3.4\r\n", "SDP line 2: the address type is neither 'IN IP4' nor 'IN IP6'"},
	{"v=0\r\nc=IN IP4 2001:db8::1\r\n", "SDP line 2: the address is not of the type it says"},
	{"v=0\r\no=- 1\r\n", "SDP line 2: an origin is 'o=user id version IN IP4 address'"},
	{"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 1 RTP/AVP 0\r\na=rtcp:x\r\n",
	 "SDP line 4: the port of a=rtcp is not a number up to 65535"},
	{"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 1 RTP/AVP 0\r\na=rtcp:2 IN IP4\r\n",
	 "SDP line 4: an address is 'IN IP4 a.b.c.d' or 'IN IP6 a:b::c'"},
};
/* clang-format on */

static void a_fault_names_its_line(void)
{
	struct rsdp sdp;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(faultv); i++) {

		char why[RSDP_ERROR_SIZE] = "";

		CU_ASSERT_EQUAL(decode(&sdp, faultv[i].text, why), EBADMSG);
		if (strcmp(why, faultv[i].why))
			(void)fprintf(stderr, "\n    %s: got '%s'\n", faultv[i].text, why);
		CU_ASSERT_STRING_EQUAL(why, faultv[i].why);
	}
}

static void m_lines_are_bounded(void)
{
	char text[8192] = "v=0\r\nc=IN IP4 1.2.3.4\r\n", why[RSDP_ERROR_SIZE];
	struct rsdp sdp;
	int i;

	for (i = 0; i < RSDP_MEDIA_MAX; i++)
		strcat(text, "m=audio 9 RTP/AVP 0\r\n");

	CU_ASSERT_EQUAL(decode(&sdp, text, why), 0);
	CU_ASSERT_EQUAL(sdp.mediac, RSDP_MEDIA_MAX);

	strcat(text, "m=audio 9 RTP/AVP 0\r\n");
	CU_ASSERT_EQUAL(decode(&sdp, text, why), EBADMSG);
	CU_ASSERT_STRING_EQUAL(why, "SDP line 35: more than 32 m-lines");
}

static void the_size_is_bounded(void)
{
	char why[RSDP_ERROR_SIZE];
	struct pl pl = {.p = NULL, .l = RSDP_SIZE_MAX + 1};
	struct rsdp sdp;
	char *text = mem_zalloc(pl.l, NULL);

	memset(text, 'x', pl.l);
	memcpy(text, "v=0\ns=", 6);
	pl.p = text;
	CU_ASSERT_EQUAL(rsdp_decode(&sdp, &pl, why), EBADMSG);
	CU_ASSERT_STRING_EQUAL(why, "SDP is longer than 65536 bytes");
	--pl.l;
	CU_ASSERT_EQUAL(rsdp_decode(&sdp, &pl, why), 0);
	mem_deref(text);
}

static void what_the_relay_needs_is_read(void)
{
	static const char text[] =
		"v=0\r\nc=IN IP4 10.0.0.1\r\na=sendonly\r\n"
		"m=audio 4000 RTP/AVP 0 9 96 101\r\na=rtpmap:96 opus/48000/2\r\n"
		"a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\na=rtcp-mux\r\n"
		"m=video 4002 UDP/TLS/RTP/SAVPF 97\r\nc=IN IP6 2001:db8::1\r\na=rtcp:5000\r\n"
		"a=rtpmap:97 H264/90000\r\n"
		"m=image 0 udptl t38\r\n";
	struct rsdp sdp;
	char why[RSDP_ERROR_SIZE];
	struct sa sa;

	CU_ASSERT_EQUAL_FATAL(decode(&sdp, text, why), 0);
	CU_ASSERT_EQUAL_FATAL(sdp.mediac, 3);

	(void)sa_set_str(&sa, "10.0.0.1", 4000);
	CU_ASSERT(sa_cmp(&sdp.mediav[0].rtp, &sa, SA_ALL));
	(void)sa_set_str(&sa, "10.0.0.1", 4001);
	CU_ASSERT(sa_cmp(&sdp.mediav[0].rtcp, &sa, SA_ALL));
	CU_ASSERT_EQUAL(sdp.mediav[0].kind, RSDP_RTP);
	CU_ASSERT(sdp.mediav[0].mux);
	CU_ASSERT(sdp.mediav[0].sends && sdp.mediav[0].receives);
	CU_ASSERT(!sdp.mediav[0].secure);

	(void)sa_set_str(&sa, "2001:db8::1", 5000);
	CU_ASSERT(sa_cmp(&sdp.mediav[1].rtcp, &sa, SA_ALL));
	CU_ASSERT(sdp.mediav[1].secure);
	CU_ASSERT(sdp.mediav[1].sends && !sdp.mediav[1].receives);

	CU_ASSERT_EQUAL(sdp.mediav[2].kind, RSDP_DATAGRAM);
	CU_ASSERT(sdp.mediav[2].rejected);
}

static void clock_rates_come_from_rtpmap_or_rfc_3551(void)
{
	static const char text[] = "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 0 9 96 101\r\n"
				   "a=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n";
	static const struct {
		uint8_t pt;
		uint32_t rate_hz;
		bool listed;
	} vectorv[] = {
		{0, 8000, true},    {9, 8000, true},    {96, 48000, true}, {101, 0, true},
		{31, 90000, false}, {11, 44100, false}, {98, 0, false},    {255, 0, false},
	};
	struct rsdp sdp;
	char why[RSDP_ERROR_SIZE];
	size_t i;

	CU_ASSERT_EQUAL_FATAL(decode(&sdp, text, why), 0);

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {
		CU_ASSERT_EQUAL(rsdp_rate_hz(&sdp.mediav[0].payloads, vectorv[i].pt), vectorv[i].rate_hz);
		CU_ASSERT_EQUAL(rsdp_lists_pt(&sdp.mediav[0].payloads, vectorv[i].pt), vectorv[i].listed);
	}
}

static struct sa addr(const char *host, uint16_t port)
{
	struct sa sa;

	(void)sa_set_str(&sa, host, port);

	return sa;
}

static bool pl_is(const struct pl *pl, const char *str)
{
	return pl->p && !pl_strcmp(pl, str);
}

static void codecs_are_read_in_their_order(void)
{
	static const char text[] =
		"v=0\r\nc=IN IP4 10.0.0.1\r\n"
		"m=audio 4000 RTP/AVP 96 8 101 77 8\r\na=fmtp:96 useinbandfec=1\r\na=rtpmap:96 "
		"opus/48000/2\r\n"
		"a=rtpmap:101 TELEPHONE-EVENT/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtcp-fb:96 nack\r\n"
		"a=fmtp:55 unlisted\r\na=rtpmap:x y\r\na=ptime:30\r\n"
		"m=video 4002 RTP/AVP 31 t38\r\n"
		"m=video 4004 RTP/AVP 34\r\n";
	static const struct {
		uint8_t pt;
		const char *name;
		const char *encoding;
		uint32_t rate_hz;
		uint8_t channels;
	} v[] = {
		{96, "opus", "opus/48000/2", 48000, 2},
		{8, "PCMA", "PCMA/8000", 8000, 1},
		{101, "TELEPHONE-EVENT", "TELEPHONE-EVENT/8000", 8000, 1},
		{77, NULL, NULL, 0, 1},
	};
	const struct rsdp_media *m;
	const struct rsdp_codec *codec;
	char why[RSDP_ERROR_SIZE];
	struct rsdp sdp;
	size_t i;

	CU_ASSERT_EQUAL_FATAL(decode(&sdp, text, why), 0);
	m = &sdp.mediav[0];
	CU_ASSERT_EQUAL_FATAL(m->codecc, ARRAY_SIZE(v));
	for (i = 0; i < ARRAY_SIZE(v); i++) {
		codec = &sdp.codecv[m->codec0 + i];
		CU_ASSERT_EQUAL(codec->pt, v[i].pt);
		CU_ASSERT_EQUAL(codec->rate_hz, v[i].rate_hz);
		CU_ASSERT_EQUAL(codec->channels, v[i].channels);
		CU_ASSERT(v[i].name ? pl_is(&codec->name, v[i].name) : !codec->name.p);
		CU_ASSERT(v[i].encoding ? pl_is(&codec->encoding, v[i].encoding) : !codec->encoding.p);
		CU_ASSERT_PTR_EQUAL(rsdp_codec_find(&sdp, m, v[i].pt), codec);
	}

	CU_ASSERT_EQUAL(m->events_pt, 101);
	CU_ASSERT_EQUAL(m->ptime_ms, 30);
	CU_ASSERT_EQUAL(rsdp_rate_hz(&m->payloads, 101), 0);
	CU_ASSERT_PTR_NULL(rsdp_codec_find(&sdp, m, 0));

	/* two lines belong to opus, fmtp and rtcp-fb */
	i = sdp.codecv[0].paramv[0];
	CU_ASSERT_NOT_EQUAL_FATAL(i, 0);
	CU_ASSERT(!memcmp(text + sdp.paramv[i].offset, "a=fmtp:96 useinbandfec=1\r", sdp.paramv[i].len + 1));
	i = sdp.paramv[i].next;
	CU_ASSERT_EQUAL(i, sdp.codecv[0].paramv[1]);
	CU_ASSERT(!memcmp(text + sdp.paramv[i].offset, "a=rtcp-fb:96 nack\r", sdp.paramv[i].len + 1));
	CU_ASSERT_EQUAL(sdp.paramv[i].next, 0);

	/* formats that are no payload types: nobody's business; the next m-line has its own again */
	CU_ASSERT_EQUAL(sdp.mediav[1].codecc, 0);
	CU_ASSERT_EQUAL(sdp.mediav[1].events_pt, -1);
	CU_ASSERT_EQUAL(sdp.mediav[2].codecc, 1);
	CU_ASSERT(pl_is(&sdp.codecv[sdp.mediav[2].codec0].name, "H263"));
}

static void keys_ice_and_names_are_read(void)
{
	static const char text[] =
		"v=0\r\no=al 12 34 IN IP4 10.0.0.1\r\ns=a call\r\nc=IN IP4 10.0.0.1\r\n"
		"a=group:BUNDLE a "
		"b\r\na=ice-lite\r\na=ice-ufrag:all\r\na=ice-pwd:secret\r\na=fingerprint:sha-1 00\r\n"
		"m=audio 4000 RTP/SAVPF 0\r\na=mid:a\r\na=crypto:1 X inline:1\r\na=crypto:2 Y inline:2\r\n"
		"a=ice-ufrag:own\r\na=rtcp-mux-only\r\n"
		"m=audio 4002 UDP/TLS/RTP/SAVP 0\r\na=crypto:3 Z inline:3\r\n";
	const struct rsdp_media *m;
	char why[RSDP_ERROR_SIZE];
	struct rsdp sdp;

	CU_ASSERT_EQUAL_FATAL(decode(&sdp, text, why), 0);
	CU_ASSERT(pl_is(&sdp.origin.username, "al") && pl_is(&sdp.origin.session_id, "12"));
	CU_ASSERT(pl_is(&sdp.origin.version, "34") && pl_is(&sdp.origin.address, "IN IP4 10.0.0.1"));
	CU_ASSERT(pl_is(&sdp.session_name, "a call"));
	CU_ASSERT(sdp.bundle && sdp.ice_lite);

	m = &sdp.mediav[0];
	CU_ASSERT_EQUAL(m->transport, RSDP_SAVPF);
	CU_ASSERT_EQUAL_FATAL(m->cryptoc, 2);
	CU_ASSERT(pl_is(&sdp.cryptov[m->crypto0], "1 X inline:1"));
	CU_ASSERT(pl_is(&sdp.cryptov[m->crypto0 + 1], "2 Y inline:2"));
	CU_ASSERT(m->dtls && m->ice && !m->mux && m->mux_only);
	CU_ASSERT(pl_is(&m->ice_ufrag, "own") && pl_is(&m->ice_pwd, "secret") && pl_is(&m->mid, "a"));

	m = &sdp.mediav[1];
	CU_ASSERT_EQUAL(m->transport, RSDP_DTLS_SAVP);
	CU_ASSERT_EQUAL_FATAL(m->cryptoc, 1);
	CU_ASSERT(pl_is(&sdp.cryptov[m->crypto0], "3 Z inline:3"));
	CU_ASSERT(pl_is(&m->ice_ufrag, "all") && !m->mid.p && !m->mux_only);
}

/* Where packets would go, and whether any are wanted there. */
static void an_address_that_is_nobody_s_is_none(void)
{
	static const struct {
		const char *c;
		uint16_t port;
		const char *a;
		const char *host; /* NULL: none known */
		enum rsdp_direction direction;
	} v[] = {
		{"IN IP4 192.0.2.1", 4000, "x", "192.0.2.1", RSDP_SENDRECV},
		{"IN IP4 gw.example.com", 4000, "x", NULL, RSDP_SENDRECV},
		{"IN IP4 224.2.1.1/127", 4000, "x", NULL, RSDP_SENDRECV},
		{"IN IP4 239.255.255.255", 4000, "x", NULL, RSDP_SENDRECV},
		{"IN IP4 240.0.0.1", 4000, "x", "240.0.0.1", RSDP_SENDRECV},
		{"IN IP4 255.255.255.255", 4000, "x", NULL, RSDP_SENDRECV},
		{"IN IP6 ff02::1", 4000, "x", NULL, RSDP_SENDRECV},
		{"IN IP4 0.0.0.0", 4000, "x", "0.0.0.0", RSDP_SENDONLY},
		{"IN IP4 0.0.0.0", 4000, "recvonly", "0.0.0.0", RSDP_INACTIVE},
		{"IN IP6 ::", 4000, "sendonly", "::", RSDP_SENDONLY},
		{"IN IP4 0.0.0.0", 9, "x", "0.0.0.0", RSDP_SENDONLY},
		{"IN IP4 0.0.0.0", 9, "ice-ufrag:x", NULL, RSDP_SENDRECV},
		{"IN IP4 0.0.0.0", 4000, "ice-ufrag:x", "0.0.0.0", RSDP_SENDONLY},
	};
	char text[256], why[RSDP_ERROR_SIZE];
	struct rsdp sdp;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(v); i++) {

		const struct rsdp_media *m = &sdp.mediav[0];
		struct sa want;

		(void)re_snprintf(text, sizeof(text),
				  "v=0\r\nm=audio %u RTP/AVP 0\r\nc=%s\r\na=rtcp:7 %s\r\na=%s\r\n", v[i].port,
				  v[i].c, v[i].c, v[i].a);
		CU_ASSERT_EQUAL_FATAL(decode(&sdp, text, why), 0);
		CU_ASSERT_EQUAL(m->direction, v[i].direction);
		CU_ASSERT_EQUAL(m->port, v[i].port);
		CU_ASSERT_EQUAL(m->rtcp_port, 7);
		CU_ASSERT_EQUAL(sa_af(&m->rtp) != AF_UNSPEC, v[i].host != NULL);
		CU_ASSERT_EQUAL(sa_af(&m->rtcp) != AF_UNSPEC, v[i].host != NULL);
		if (!v[i].host)
			continue;

		want = addr(v[i].host, v[i].port);
		CU_ASSERT(sa_cmp(&m->rtp, &want, SA_ALL));
		want = addr(v[i].host, 7);
		CU_ASSERT(sa_cmp(&m->rtcp, &want, SA_ALL));
	}
}

/* head, n times `line` (with a number in it), and what is said of it. */
static void bound_check(const char *head, const char *line, unsigned n, const char *why_want)
{
	char why[RSDP_ERROR_SIZE] = "";
	struct mbuf *mb = mbuf_alloc(65536);
	struct rsdp sdp;
	struct pl pl;
	unsigned i;

	(void)mbuf_write_str(mb, head);
	for (i = 0; i < n; i++)
		(void)mbuf_printf(mb, line, i % 64);

	pl.p = (char *)mb->buf;
	pl.l = mb->end;
	CU_ASSERT_EQUAL(rsdp_decode(&sdp, &pl, why), why_want[0] ? EBADMSG : 0);
	CU_ASSERT_STRING_EQUAL(why, why_want);
	mem_deref(mb);
}

#define BOUND_HEAD "v=0\r\nc=IN IP4 1.2.3.4\r\n"
#define BOUND_LISTS                                                                                          \
	"m=audio 9 RTP/AVP 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 " \
	"30 31 "                                                                                             \
	"32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 "      \
	"63\r\n"

static void codecs_and_keys_are_bounded(void)
{
	bound_check(BOUND_HEAD BOUND_LISTS, "a=crypto:%u x\r\n", RSDP_CRYPTO_MAX, "");
	bound_check(BOUND_HEAD BOUND_LISTS, "a=crypto:%u x\r\n", RSDP_CRYPTO_MAX + 1,
		    "SDP line 132: more than 128 a=crypto lines");
	bound_check(BOUND_HEAD BOUND_LISTS, "a=fmtp:%u x\r\n", RSDP_PARAM_MAX - 1, "");
	bound_check(BOUND_HEAD BOUND_LISTS, "a=fmtp:%u x\r\n", RSDP_PARAM_MAX,
		    "SDP line 2051: more than 2047 fmtp and rtcp-fb lines");
	bound_check(BOUND_HEAD, BOUND_LISTS, RSDP_FORMAT_MAX / 64, "");
	bound_check(BOUND_HEAD, BOUND_LISTS, RSDP_FORMAT_MAX / 64 + 1,
		    "SDP line 11: more than 512 payload types");
	bound_check(BOUND_HEAD, "m=audio 9 RTP/AVP 0\r\n", 1000, "SDP line 35: more than 32 m-lines");
}

/* Whatever is cut off, what is left is read or refused with a line, and nothing behind it is touched. */
static void a_body_may_be_cut_at_every_byte(void)
{
	static const char text[] =
		"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\na=group:BUNDLE a\r\n"
		"m=audio 4000/2 RTP/SAVP 96 0\r\nc=IN IP6 2001:db8::1\r\na=rtpmap:96 "
		"opus/48000/2\r\na=fmtp:96 x=1\r\n"
		"a=rtcp:4001 IN IP6 2001:db8::1\r\na=crypto:1 X inline:1\r\na=candidate:1 1 UDP 1 10.0.0.1 "
		"4000 typ host\r\n";
	char why[RSDP_ERROR_SIZE];
	struct rsdp sdp;
	struct pl pl;
	int err;

	for (pl.l = 0; pl.l < sizeof(text); pl.l++) {

		char *copy = mem_alloc(pl.l ? pl.l : 1, NULL);

		memcpy(copy, text, pl.l);
		pl.p = copy;
		memset(why, 0, sizeof(why));
		err = rsdp_decode(&sdp, &pl, why);
		CU_ASSERT(err == 0 || (err == EBADMSG && !strncmp(why, "SDP line ", 9)));
		mem_deref(copy);
	}
}

static const struct unit_test testv[] = {
	{"a fault names its line", a_fault_names_its_line},
	{"m-lines are bounded", m_lines_are_bounded},
	{"the size is bounded", the_size_is_bounded},
	{"addresses, kinds, directions and mux are read", what_the_relay_needs_is_read},
	{"clock rates come from rtpmap, else from RFC 3551", clock_rates_come_from_rtpmap_or_rfc_3551},
	{"codecs are read in their order, with what belongs to them", codecs_are_read_in_their_order},
	{"keys, ICE, groups and names are read", keys_ice_and_names_are_read},
	{"an address that is nobody's is none, the null address a hold", an_address_that_is_nobody_s_is_none},
	{"codecs and keys are bounded", codecs_and_keys_are_bounded},
	{"a body may be cut at every byte", a_body_may_be_cut_at_every_byte},
	{NULL, NULL},
};

const struct unit_suite sdp_suite = {"sdp", testv};
