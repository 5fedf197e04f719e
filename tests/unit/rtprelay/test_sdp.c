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

static const struct unit_test testv[] = {
	{"a fault names its line", a_fault_names_its_line},
	{"m-lines are bounded", m_lines_are_bounded},
	{"the size is bounded", the_size_is_bounded},
	{"addresses, kinds, directions and mux are read", what_the_relay_needs_is_read},
	{"clock rates come from rtpmap, else from RFC 3551", clock_rates_come_from_rtpmap_or_rfc_3551},
	{NULL, NULL},
};

const struct unit_suite sdp_suite = {"sdp", testv};
