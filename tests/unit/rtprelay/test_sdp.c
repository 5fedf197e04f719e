/**
 * @file test_sdp.c  SDP: what is read, what is changed, and that nothing else is
 */
#include <string.h>
#include <re.h>
#include "sdp.h"
#include "unit.h"

#define V4_HEAD "v=0\r\no=alice 1 2 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
#define V4_DONE "v=0\r\no=alice 1 2 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
#define V6_DONE "v=0\r\no=alice 1 2 IN IP6 2001:db8::7\r\ns=-\r\nc=IN IP6 2001:db8::7\r\nt=0 0\r\n"

enum mux { MUX_KEEP, MUX_STRIP, MUX_ADD };

struct rewriting {
	const char *name;
	const char *in;
	const char *out;
	const char *local; /* NULL: 192.0.2.7 */
	uint16_t portv[3]; /* RTP; RTCP one higher */
	enum mux mux;
	bool keep_origin;
};

static int decode(struct rsdp *sdp, const char *text, char why[RSDP_ERROR_SIZE])
{
	struct pl pl;

	pl_set_str(&pl, text);

	return rsdp_decode(sdp, &pl, why);
}

static void rewrite_check(const struct rewriting *v)
{
	struct rsdp_target target = {.replace = v->keep_origin ? 0 : RSDP_REPLACE_ORIGIN};
	char why[RSDP_ERROR_SIZE] = "";
	struct mbuf *mb = mbuf_alloc(512);
	struct rsdp sdp;
	size_t i;

	if (decode(&sdp, v->in, why)) {
		(void)fprintf(stderr, "\n    %s: %s\n", v->name, why);
		CU_FAIL_FATAL("a good SDP is refused");
	}

	(void)sa_set_str(&target.local, v->local ? v->local : "192.0.2.7", 0);

	for (i = 0; i < ARRAY_SIZE(v->portv); i++) {
		target.mediav[i].rtp = target.local;
		sa_set_port(&target.mediav[i].rtp, v->portv[i]);
		target.mediav[i].rtcp_port = (uint16_t)(v->portv[i] + 1);
		target.mediav[i].mux = v->mux == MUX_ADD || (v->mux == MUX_KEEP && sdp.mediav[i].mux);
	}

	CU_ASSERT_EQUAL(rsdp_rewrite(mb, NULL, &sdp, &target, why), 0);

	if (mb->end != strlen(v->out) || memcmp(mb->buf, v->out, mb->end))
		(void)fprintf(stderr, "\n    %s: got\n%.*s", v->name, (int)mb->end, (char *)mb->buf);

	CU_ASSERT_EQUAL(mb->end, strlen(v->out));
	CU_ASSERT_EQUAL(memcmp(mb->buf, v->out, MIN(mb->end, strlen(v->out))), 0);
	mem_deref(mb);
}

/* clang-format off */
static const struct rewriting rewritingv[] = {
	{.name = "address and port",
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\n",
	 .out = V4_DONE "m=audio 20000 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\n", .portv = {20000}},

	{.name = "the origin stays unless asked for",
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 0\r\n",
	 .out = "v=0\r\no=alice 1 2 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 20000 RTP/AVP 0\r\n",
	 .portv = {20000}, .keep_origin = true},

	{.name = "a connection of the m-line's own",
	 .in = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 10.0.0.2\r\n",
	 .out = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nt=0 0\r\nm=audio 20000 RTP/AVP 0\r\nc=IN IP4 192.0.2.7\r\n",
	 .portv = {20000}},

	{.name = "several m-lines, one of them rejected",
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 0\r\nm=video 0 RTP/AVP 31\r\nm=video 4002 RTP/AVP 32\r\na=x\r\n",
	 .out = V4_DONE "m=audio 20000 RTP/AVP 0\r\nm=video 0 RTP/AVP 31\r\nm=video 20002 RTP/AVP 32\r\na=x\r\n",
	 .portv = {20000, 0, 20002}},

	{.name = "a=rtcp with and without an address",
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 0\r\na=rtcp:4009\r\nm=video 4002 RTP/AVP 31\r\na=rtcp:4011 IN IP4 10.0.0.9\r\n",
	 .out = V4_DONE "m=audio 20000 RTP/AVP 0\r\na=rtcp:20001\r\nm=video 20002 RTP/AVP 31\r\na=rtcp:20003 IN IP4 192.0.2.7\r\n",
	 .portv = {20000, 20002}},

	{.name = "rtcp-mux is kept",
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 0\r\na=rtcp-mux\r\na=x\r\n",
	 .out = V4_DONE "m=audio 20000 RTP/AVP 0\r\na=rtcp-mux\r\na=x\r\n", .portv = {20000}},

	{.name = "rtcp-mux is taken out",
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 0\r\na=rtcp-mux\r\na=x\r\n",
	 .out = V4_DONE "m=audio 20000 RTP/AVP 0\r\na=x\r\n", .portv = {20000}, .mux = MUX_STRIP},

	{.name = "rtcp-mux is put in, once",
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 0\r\na=x\r\nm=video 4002 RTP/AVP 31\r\na=rtcp-mux\r\n",
	 .out = V4_DONE "m=audio 20000 RTP/AVP 0\r\na=x\r\na=rtcp-mux\r\nm=video 20002 RTP/AVP 31\r\na=rtcp-mux\r\n",
	 .portv = {20000, 20002}, .mux = MUX_ADD},

	{.name = "rtcp-mux is put in behind a last line without its end",
	 .in = "v=0\nc=IN IP4 10.0.0.1\nm=audio 4000 RTP/AVP 0\na=x",
	 .out = "v=0\nc=IN IP4 192.0.2.7\nm=audio 20000 RTP/AVP 0\na=x\na=rtcp-mux\n",
	 .portv = {20000}, .mux = MUX_ADD},

	{.name = "rtcp-mux is put in behind a last line with half its end",
	 .in = "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\na=x\r",
	 .out = "v=0\r\nc=IN IP4 192.0.2.7\r\nm=audio 20000 RTP/AVP 0\r\na=x\r\na=rtcp-mux\r\n",
	 .portv = {20000}, .mux = MUX_ADD},

	{.name = "ICE goes, at both levels",
	 .in = "v=0\r\nc=IN IP4 10.0.0.1\r\na=ice-lite\r\na=ice-options:trickle\r\nm=audio 4000 RTP/AVP 0\r\n"
	       "a=ice-ufrag:x\r\na=ice-pwd:y\r\na=candidate:1 1 UDP 1 10.0.0.1 4000 typ host\r\n"
	       "a=remote-candidates:1 10.0.0.1 4000\r\na=end-of-candidates\r\na=iced:tea\r\n",
	 .out = "v=0\r\nc=IN IP4 192.0.2.7\r\nm=audio 20000 RTP/AVP 0\r\na=iced:tea\r\n", .portv = {20000}},

	{.name = "line ends of LF, mixed ones and blank lines at the end stay",
	 .in = "v=0\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 0\na=sendrecv\n\r\n\n",
	 .out = "v=0\nc=IN IP4 192.0.2.7\r\nm=audio 20000 RTP/AVP 0\na=sendrecv\n\r\n\n", .portv = {20000}},

	{.name = "a last line without an end stays without",
	 .in = "v=0\nc=IN IP4 10.0.0.1\nm=audio 4000 RTP/AVP 0",
	 .out = "v=0\nc=IN IP4 192.0.2.7\nm=audio 20000 RTP/AVP 0", .portv = {20000}},

	{.name = "hold by the null address and direction",
	 .in = "v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\na=inactive\r\n",
	 .out = "v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 20000 RTP/AVP 0\r\na=inactive\r\n", .portv = {20000}},

	{.name = "hold crosses the families",
	 .in = "v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n",
	 .out = "v=0\r\nc=IN IP6 ::\r\nm=audio 20000 RTP/AVP 0\r\n", .portv = {20000}, .local = "2001:db8::7"},

	{.name = "IPv4 becomes IPv6",
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 0\r\na=rtcp:4001 IN IP4 10.0.0.1\r\n",
	 .out = V6_DONE "m=audio 20000 RTP/AVP 0\r\na=rtcp:20001 IN IP6 2001:db8::7\r\n",
	 .portv = {20000}, .local = "2001:db8::7"},

	{.name = "IPv6 becomes IPv4",
	 .in = "v=0\r\no=alice 1 2 IN IP6 2001:db8::1\r\ns=-\r\nc=IN IP6 2001:db8::1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n",
	 .out = V4_DONE "m=audio 20000 RTP/AVP 0\r\n", .portv = {20000}},

	{.name = "a host name and a multicast address are replaced",
	 .in = "v=0\r\nc=IN IP4 gw.example.com\r\nm=audio 4000 RTP/AVP 0\r\nm=audio 4002 RTP/AVP 0\r\nc=IN IP4 224.2.1.1/127/3\r\n",
	 .out = "v=0\r\nc=IN IP4 192.0.2.7\r\nm=audio 20000 RTP/AVP 0\r\nm=audio 20002 RTP/AVP 0\r\nc=IN IP4 192.0.2.7\r\n",
	 .portv = {20000, 20002}},

	{.name = "the number of ports goes: we have one pair",
	 .in = "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000/2 RTP/AVP 0\r\n",
	 .out = "v=0\r\nc=IN IP4 192.0.2.7\r\nm=audio 20000 RTP/AVP 0\r\n", .portv = {20000}},

	{.name = "a fax",
	 .in = "v=0\r\nc=IN IP4 10.0.0.1\r\nm=image 4000 udptl t38\r\na=T38FaxVersion:0\r\n",
	 .out = "v=0\r\nc=IN IP4 192.0.2.7\r\nm=image 20000 udptl t38\r\na=T38FaxVersion:0\r\n", .portv = {20000}},

	{.name = "TCP keeps its address, its own",
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 0\r\nm=message 7654 TCP/MSRP *\r\nc=IN IP4 10.0.0.5\r\na=candidate:x\r\n",
	 .out = V4_DONE "m=audio 20000 RTP/AVP 0\r\nm=message 7654 TCP/MSRP *\r\nc=IN IP4 10.0.0.5\r\na=candidate:x\r\n",
	 .portv = {20000}},

	{.name = "TCP keeps its address, the session's",
	 .in = V4_HEAD "m=message 7654 TCP/MSRP *\r\ni=chat\r\na=x\r\nm=audio 4000 RTP/AVP 0\r\nm=application 9 TCP/BFCP *\r\n",
	 .out = V4_DONE "m=message 7654 TCP/MSRP *\r\ni=chat\r\nc=IN IP4 10.0.0.1\r\na=x\r\nm=audio 20000 RTP/AVP 0\r\n"
		"m=application 9 TCP/BFCP *\r\nc=IN IP4 10.0.0.1\r\n",
	 .portv = {0, 20000, 0}},

	{.name = "bytes that are not ours stay, order and spaces too",
	 .in = "v=0\r\ns=\xe4\xff \x01\r\nc=IN IP4 10.0.0.1\r\nb=AS:64\r\nt=0 0\r\nk=clear:x\r\nm=audio 4000 RTP/AVP 0   8\r\na=b:  c \r\n",
	 .out = "v=0\r\ns=\xe4\xff \x01\r\nc=IN IP4 192.0.2.7\r\nb=AS:64\r\nt=0 0\r\nk=clear:x\r\nm=audio 20000 RTP/AVP 0   8\r\na=b:  c \r\n",
	 .portv = {20000}},
};

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

static void only_what_is_ours_is_changed(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rewritingv); i++)
		rewrite_check(&rewritingv[i]);
}

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

static const struct unit_test testv[] = {
	{"only what is ours is changed", only_what_is_ours_is_changed},
	{"a fault names its line", a_fault_names_its_line},
	{"m-lines are bounded", m_lines_are_bounded},
	{"the size is bounded", the_size_is_bounded},
	{"addresses, kinds, directions and mux are read", what_the_relay_needs_is_read},
	{"clock rates come from rtpmap, else from RFC 3551", clock_rates_come_from_rtpmap_or_rfc_3551},
	{NULL, NULL},
};

const struct unit_suite sdp_suite = {"sdp", testv};
