/**
 * @file test_sdp_rewrite.c  SDP as it is written: what is ours, where it stands, and that all else stays
 *
 * Every expectation is byte for byte. What rtpengine is asked the same way gives was compared with Debian's
 * (10.5.3); docs/ng.md says where the two differ.
 */
#include <string.h>
#include <re.h>
#include "sdp.h"
#include "unit.h"

enum { PORTS = 3, NAMES = 4 };

/* A body, what is asked for, and what must come out. What is not set is as it is by default. */
struct rewriting {
	const char *name;
	const char *in;
	const char *out;          /* NULL: refused, with `why` */
	const char *local;        /* 192.0.2.7 */
	const char *addrv[PORTS]; /* of an m-line; `local` */
	const char *proto;
	const char *why;
	const char *stripv[NAMES];
	const char *exceptv[NAMES];
	const char *offerv[NAMES];
	const char *maskv[NAMES];
	unsigned ptime_ms;
	const char *cryptov[2];
	const struct rsdp_ice *ice;
	uint16_t portv[PORTS]; /* 20000 for the first; RTCP one higher */
	unsigned replace;
	enum rsdp_rtcp_line rtcp;
	bool mux;
	bool mux_only;
	bool shared_port;
	bool keep_keys;
	bool keep_directions;
	bool strip_extmap;
	bool generate_mid;
	bool single_codec;
};

#define V4_HEAD "v=0\r\no=alice 1 2 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
#define V4_DONE "v=0\r\no=alice 1 2 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
#define V6_DONE "v=0\r\no=alice 1 2 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP6 2001:db8::7\r\nt=0 0\r\n"
#define PCMU "a=rtpmap:0 PCMU/8000\r\n"
#define PCMA "a=rtpmap:8 PCMA/8000\r\n"
#define EVENTS "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
#define OPUS "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n"
#define BOTH "a=sendrecv\r\n"
#define TAIL BOTH "a=rtcp:20001\r\n"
#define M0 "m=audio 4000 RTP/AVP 0\r\n"
#define M0_DONE "m=audio 20000 RTP/AVP 0\r\n"
#define FOUR "m=audio 4000 RTP/AVP 0 8 101 96\r\n" EVENTS OPUS
#define DTLS "a=setup:actpass\r\na=fingerprint:sha-1 4A:AD\r\na=tls-id:1\r\n"
#define KEY "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:theirs\r\n"

static const struct rsdp_ice ice = {.ufrag = "oUrU", .pwd = "ourpasswordourpassword"};

static int decode(struct rsdp *sdp, const char *text, char why[RSDP_ERROR_SIZE])
{
	struct pl pl;

	pl_set_str(&pl, text);

	return rsdp_decode(sdp, &pl, why);
}

static struct rsdp_names names_fill(struct pl plv[NAMES], const char *const v[NAMES])
{
	struct rsdp_names names = {.v = plv};

	for (; names.c < NAMES && v[names.c]; names.c++)
		pl_set_str(&plv[names.c], v[names.c]);

	return names;
}

static void media_fill(struct rsdp_media_target *mt, const struct rewriting *v, unsigned i)
{
	const uint16_t port = v->portv[0] || v->portv[1] || v->portv[2] ? v->portv[i] : i ? 0 : 20000;
	const char *addr = v->addrv[i] ? v->addrv[i] : v->local ? v->local : "192.0.2.7";

	(void)sa_set_str(&mt->rtp, addr, port);
	mt->rtcp_port = v->shared_port ? port : (uint16_t)(port + 1);
	mt->rtcp = v->rtcp;
	mt->mux = v->mux;
	mt->mux_only = v->mux_only;
	mt->proto = v->proto;
	mt->keep_keys = v->keep_keys;
	mt->cryptov = v->cryptov;
	mt->cryptoc = v->cryptov[1] ? 2 : v->cryptov[0] ? 1 : 0;
	mt->ice = v->ice;
	mt->ptime_ms = v->ptime_ms;
}

static void rewrite_check(const struct rewriting *v)
{
	struct pl stripv[NAMES], exceptv[NAMES], offerv[NAMES], maskv[NAMES];
	const struct rsdp_filter filter = {
		.strip = names_fill(stripv, v->stripv),
		.except = names_fill(exceptv, v->exceptv),
		.offer = names_fill(offerv, v->offerv),
		.mask = names_fill(maskv, v->maskv),
	};
	struct rsdp_target target = {
		.replace = v->replace,
		.filter = &filter,
		.keep_directions = v->keep_directions,
		.strip_extmap = v->strip_extmap,
		.generate_mid = v->generate_mid,
		.single_codec = v->single_codec,
	};
	char why[RSDP_ERROR_SIZE] = "";
	struct mbuf *mb = mbuf_alloc(512);
	struct rsdp sdp;
	unsigned i;
	int err;

	if (decode(&sdp, v->in, why)) {
		(void)fprintf(stderr, "\n    %s: %s\n", v->name, why);
		CU_FAIL_FATAL("a good SDP is refused");
	}

	(void)sa_set_str(&target.local, v->local ? v->local : "192.0.2.7", 0);
	for (i = 0; i < PORTS; i++)
		media_fill(&target.mediav[i], v, i);

	err = rsdp_rewrite(mb, NULL, &sdp, &target, why);
	CU_ASSERT_EQUAL(err, v->out ? 0 : ENOTSUP);
	CU_ASSERT_STRING_EQUAL(why, v->why ? v->why : "");

	if (v->out) {
		if (mb->end != strlen(v->out) || memcmp(mb->buf, v->out, mb->end))
			(void)fprintf(stderr, "\n    %s: got\n%.*s", v->name, (int)mb->end, (char *)mb->buf);

		CU_ASSERT_EQUAL(mb->end, strlen(v->out));
		CU_ASSERT_EQUAL(memcmp(mb->buf, v->out, MIN(mb->end, strlen(v->out))), 0);
	}

	mem_deref(mb);
}

/* clang-format off */
static const struct rewriting addressv[] = {
	{.name = "address and port; codecs, direction and a=rtcp in so many words",
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\n",
	 .out = V4_DONE "m=audio 20000 RTP/AVP 0 8\r\n" PCMU PCMA TAIL},

	{.name = "the address in o= where asked for",
	 .in = V4_HEAD M0, .replace = RSDP_REPLACE_ORIGIN,
	 .out = "v=0\r\no=alice 1 2 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n" M0_DONE PCMU TAIL},

	{.name = "a connection of the m-line's own",
	 .in = "v=0\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 10.0.0.2\r\n",
	 .out = "v=0\r\ns=-\r\nt=0 0\r\n" M0_DONE "c=IN IP4 192.0.2.7\r\n" PCMU TAIL},

	{.name = "a session's connection nobody uses stays",
	 .in = V4_HEAD M0 "c=IN IP4 10.0.0.2\r\n",
	 .out = V4_HEAD M0_DONE "c=IN IP4 192.0.2.7\r\n" PCMU TAIL},

	{.name = "a session's connection nobody uses is replaced where asked for",
	 .in = V4_HEAD M0 "c=IN IP4 10.0.0.2\r\n", .replace = RSDP_REPLACE_SESSION_CONN,
	 .out = V4_DONE M0_DONE "c=IN IP4 192.0.2.7\r\n" PCMU TAIL},

	{.name = "an m-line at another address than the session's gets a c= of its own, behind i=",
	 .in = V4_HEAD M0 "i=one\r\nb=AS:64\r\nm=audio 4002 RTP/AVP 8\r\ni=two\r\nb=AS:64\r\n",
	 .out = V4_DONE M0_DONE "i=one\r\nb=AS:64\r\n" PCMU TAIL
		"m=audio 20002 RTP/AVP 8\r\ni=two\r\nc=IN IP6 2001:db8::9\r\nb=AS:64\r\n" PCMA BOTH "a=rtcp:20003\r\n",
	 .portv = {20000, 20002}, .addrv = {NULL, "2001:db8::9"}},

	{.name = "several m-lines, one of them rejected: that one stays as it is",
	 .in = V4_HEAD M0 "m=video 0 RTP/AVP 31\r\na=rtcp:4\r\na=sendonly\r\nm=video 4002 RTP/AVP 32\r\na=x\r\n",
	 .out = V4_DONE M0_DONE PCMU TAIL "m=video 0 RTP/AVP 31\r\na=rtcp:4\r\na=sendonly\r\n"
		"m=video 20002 RTP/AVP 32\r\na=x\r\na=rtpmap:32 MPV/90000\r\n" BOTH "a=rtcp:20003\r\n",
	 .portv = {20000, 0, 20002}},

	{.name = "hold by the null address stays, whatever our address",
	 .in = "v=0\r\nc=IN IP4 0.0.0.0\r\n" M0 "a=inactive\r\n", .local = "2001:db8::7",
	 .out = "v=0\r\nc=IN IP6 ::\r\n" M0_DONE PCMU "a=inactive\r\na=rtcp:20001\r\n"},

	{.name = "hold by the null address is replaced, and its direction said though directions stay",
	 .in = "v=0\r\nc=IN IP4 0.0.0.0\r\n" M0 "a=sendrecv\r\n", .replace = RSDP_REPLACE_ZERO, .keep_directions = true,
	 .out = "v=0\r\nc=IN IP4 192.0.2.7\r\n" M0_DONE PCMU "a=sendonly\r\na=rtcp:20001\r\n"},

	{.name = "hold by the null address is a direction too",
	 .in = "v=0\r\nc=IN IP4 0.0.0.0\r\n" M0 "m=audio 4002 RTP/AVP 8\r\na=recvonly\r\n", .portv = {20000, 20002},
	 .out = "v=0\r\nc=IN IP4 0.0.0.0\r\n" M0_DONE PCMU "a=sendonly\r\na=rtcp:20001\r\n"
		"m=audio 20002 RTP/AVP 8\r\n" PCMA "a=inactive\r\na=rtcp:20003\r\n"},

	{.name = "an address that ICE tells later is no hold",
	 .in = "v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 9 RTP/AVP 0\r\na=ice-ufrag:x\r\n",
	 .out = "v=0\r\nc=IN IP4 192.0.2.7\r\n" M0_DONE PCMU TAIL},

	{.name = "hold by the null address is replaced where asked for",
	 .in = "v=0\r\nc=IN IP4 0.0.0.0\r\n" M0 "a=sendonly\r\n", .replace = RSDP_REPLACE_ZERO,
	 .out = "v=0\r\nc=IN IP4 192.0.2.7\r\n" M0_DONE PCMU "a=sendonly\r\na=rtcp:20001\r\n"},

	{.name = "IPv4 becomes IPv6",
	 .in = V4_HEAD M0 "a=rtcp:4001 IN IP4 10.0.0.1\r\n", .local = "2001:db8::7", .rtcp = RSDP_RTCP_FULL,
	 .out = V6_DONE M0_DONE PCMU BOTH "a=rtcp:20001 IN IP6 2001:db8::7\r\n"},

	{.name = "IPv6 becomes IPv4, in o= too",
	 .in = "v=0\r\no=- 1 2 IN IP6 2001:db8::1\r\nc=IN IP6 2001:db8::1\r\n" M0, .replace = RSDP_REPLACE_ORIGIN,
	 .out = "v=0\r\no=- 1 2 IN IP4 192.0.2.7\r\nc=IN IP4 192.0.2.7\r\n" M0_DONE PCMU TAIL},

	{.name = "a host name and a multicast address are replaced",
	 .in = "v=0\r\nc=IN IP4 gw.example.com\r\n" M0 "m=audio 4002 RTP/AVP 0\r\nc=IN IP4 224.2.1.1/127/3\r\n",
	 .out = "v=0\r\nc=IN IP4 192.0.2.7\r\n" M0_DONE PCMU TAIL
		"m=audio 20002 RTP/AVP 0\r\nc=IN IP4 192.0.2.7\r\n" PCMU BOTH "a=rtcp:20003\r\n",
	 .portv = {20000, 20002}},

	{.name = "the number of ports goes: we have one pair",
	 .in = V4_HEAD "m=audio 4000/2 RTP/AVP 0\r\n", .out = V4_DONE M0_DONE PCMU TAIL},

	{.name = "a fax has a direction and no RTCP",
	 .in = V4_HEAD "m=image 4000 udptl t38\r\na=T38FaxVersion:0\r\na=sendrecv\r\na=x\r\n",
	 .out = V4_DONE "m=image 20000 udptl t38\r\na=T38FaxVersion:0\r\na=x\r\n" BOTH},

	{.name = "TCP keeps its address, its own",
	 .in = V4_HEAD M0 "m=message 7654 TCP/MSRP *\r\nc=IN IP4 10.0.0.5\r\na=candidate:x\r\na=setup:active\r\n",
	 .out = V4_DONE M0_DONE PCMU TAIL
		"m=message 7654 TCP/MSRP *\r\nc=IN IP4 10.0.0.5\r\na=candidate:x\r\na=setup:active\r\n"},

	{.name = "TCP keeps its address, the session's, behind i=",
	 .in = V4_HEAD "m=message 7654 TCP/MSRP *\r\ni=chat\r\na=x\r\n" M0 "m=application 9 TCP/BFCP *\r\n",
	 .out = V4_DONE "m=message 7654 TCP/MSRP *\r\ni=chat\r\nc=IN IP4 10.0.0.1\r\na=x\r\n" M0_DONE PCMU TAIL
		"m=application 9 TCP/BFCP *\r\nc=IN IP4 10.0.0.1\r\n",
	 .portv = {0, 20000, 0}},

	{.name = "without a c= line nobody is given one",
	 .in = "v=0\r\nm=audio 0 RTP/AVP 0\r\n", .out = "v=0\r\nm=audio 0 RTP/AVP 0\r\n", .portv = {0, 1}},
};

static const struct rewriting text_odds[] = {
	{.name = "bytes that are not ours stay, order and spaces too",
	 .in = "v=0\r\ns=\xe4\xff \x01\r\nc=IN IP4 10.0.0.1\r\nb=AS:64\r\nt=0 0\r\nk=clear:x\r\n" M0
	       "i=\xe4\r\nb=TIAS:1\r\nk=prompt\r\na=b:  c \r\n",
	 .out = "v=0\r\ns=\xe4\xff \x01\r\nc=IN IP4 192.0.2.7\r\nb=AS:64\r\nt=0 0\r\nk=clear:x\r\n" M0_DONE
		"i=\xe4\r\nb=TIAS:1\r\nk=prompt\r\na=b:  c \r\n" PCMU TAIL},

	{.name = "lines of ours end as the text's do",
	 .in = "v=0\nc=IN IP4 10.0.0.1\nm=audio 4000 RTP/AVP 0\na=x\n",
	 .out = "v=0\nc=IN IP4 192.0.2.7\nm=audio 20000 RTP/AVP 0\na=x\na=rtpmap:0 PCMU/8000\na=sendrecv\na=rtcp:20001\n"},

	{.name = "blank lines at the end stay there",
	 .in = "v=0\r\nc=IN IP4 10.0.0.1\r\n" M0 "\r\n\n", .out = "v=0\r\nc=IN IP4 192.0.2.7\r\n" M0_DONE PCMU TAIL "\r\n\n"},

	{.name = "a last line without its end gets it before lines of ours",
	 .in = "v=0\nc=IN IP4 10.0.0.1\nm=audio 4000 RTP/AVP 0",
	 .out = "v=0\nc=IN IP4 192.0.2.7\nm=audio 20000 RTP/AVP 0\na=rtpmap:0 PCMU/8000\na=sendrecv\na=rtcp:20001\n"},

	{.name = "a last line with half its end gets the other half",
	 .in = "v=0\r\nc=IN IP4 10.0.0.1\r\n" M0 "a=x\r",
	 .out = "v=0\r\nc=IN IP4 192.0.2.7\r\n" M0_DONE "a=x\r\n" PCMU TAIL},

	{.name = "a body that is nothing but one line",
	 .in = "v=0", .out = "v=0"},
};

static const struct rewriting rtcpv[] = {
	{.name = "a=rtcp goes to its place, without an address",
	 .in = V4_HEAD M0 "a=rtcp:4011 IN IP4 10.0.0.9\r\na=x\r\n", .out = V4_DONE M0_DONE "a=x\r\n" PCMU TAIL},

	{.name = "with its address where asked for",
	 .in = V4_HEAD M0, .rtcp = RSDP_RTCP_FULL, .out = V4_DONE M0_DONE PCMU BOTH "a=rtcp:20001 IN IP4 192.0.2.7\r\n"},

	{.name = "no a=rtcp where asked for",
	 .in = V4_HEAD M0 "a=rtcp:4011\r\n", .rtcp = RSDP_RTCP_NONE, .out = V4_DONE M0_DONE PCMU BOTH},

	{.name = "rtcp-mux behind a=rtcp, once",
	 .in = V4_HEAD M0 "a=rtcp-mux\r\na=x\r\n", .mux = true, .out = V4_DONE M0_DONE "a=x\r\n" PCMU TAIL "a=rtcp-mux\r\n"},

	{.name = "rtcp-mux without a=rtcp",
	 .in = V4_HEAD M0, .mux = true, .rtcp = RSDP_RTCP_NONE, .out = V4_DONE M0_DONE PCMU BOTH "a=rtcp-mux\r\n"},

	{.name = "rtcp-mux is taken out, mux-only too",
	 .in = V4_HEAD M0 "a=rtcp-mux\r\na=rtcp-mux-only\r\na=x\r\n", .out = V4_DONE M0_DONE "a=x\r\n" PCMU TAIL},

	{.name = "rtcp-mux alone: one port",
	 .in = V4_HEAD M0, .mux = true, .mux_only = true, .shared_port = true,
	 .out = V4_DONE M0_DONE PCMU BOTH "a=rtcp:20000\r\na=rtcp-mux\r\na=rtcp-mux-only\r\n"},
};

static const struct rewriting directionsv[] = {
	{.name = "the direction goes to its place",
	 .in = V4_HEAD M0 "a=recvonly\r\na=x\r\n", .out = V4_DONE M0_DONE "a=x\r\n" PCMU "a=recvonly\r\na=rtcp:20001\r\n"},

	{.name = "the session's direction becomes that of each m-line without its own",
	 .in = V4_HEAD "a=sendonly\r\n" M0 "m=audio 4002 RTP/AVP 8\r\na=inactive\r\n",
	 .out = V4_DONE M0_DONE PCMU "a=sendonly\r\na=rtcp:20001\r\n"
		"m=audio 20002 RTP/AVP 8\r\n" PCMA "a=inactive\r\na=rtcp:20003\r\n",
	 .portv = {20000, 20002}},

	{.name = "the session's direction stays where an m-line is not ours",
	 .in = V4_HEAD "a=sendonly\r\n" M0 "m=message 7654 TCP/MSRP *\r\nc=IN IP4 10.0.0.5\r\n",
	 .out = V4_DONE "a=sendonly\r\n" M0_DONE PCMU "a=sendonly\r\na=rtcp:20001\r\n"
		"m=message 7654 TCP/MSRP *\r\nc=IN IP4 10.0.0.5\r\n"},

	{.name = "directions stay where they are where asked for",
	 .in = V4_HEAD "a=sendonly\r\n" M0 "a=recvonly\r\na=x\r\n", .keep_directions = true,
	 .out = V4_DONE "a=sendonly\r\n" M0_DONE "a=recvonly\r\na=x\r\n" PCMU "a=rtcp:20001\r\n"},
};

static const struct rewriting attributesv[] = {
	{.name = "kept lines in their order, then mid, codecs, direction, a=rtcp, ptime",
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 101 96\r\na=mid:one\r\na=ptime:20\r\n" OPUS "a=rtcp-fb:* ccm fir\r\n"
	       "a=rtcp-fb:96 nack\r\na=maxptime:40\r\na=extmap:1 urn:x\r\na=label:7\r\n" EVENTS,
	 .out = V4_DONE "m=audio 20000 RTP/AVP 101 96\r\na=rtcp-fb:* ccm fir\r\na=maxptime:40\r\na=extmap:1 urn:x\r\na=label:7\r\n"
		"a=mid:one\r\n" EVENTS OPUS "a=rtcp-fb:96 nack\r\n" TAIL "a=ptime:20\r\n"},

	{.name = "fmtp before rtcp-fb, each in its order",
	 .in = V4_HEAD "m=video 4000 RTP/AVPF 97\r\na=rtcp-fb:97 nack\r\na=fmtp:97 a\r\na=rtcp-fb:97 ccm\r\na=fmtp:97 b\r\n",
	 .out = V4_DONE "m=video 20000 RTP/AVPF 97\r\na=fmtp:97 a\r\na=fmtp:97 b\r\na=rtcp-fb:97 nack\r\na=rtcp-fb:97 ccm\r\n" TAIL},

	{.name = "rtpmap is kept as it is written, and not invented for what nobody knows",
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 8 97 19\r\na=rtpmap:8 pcma/8000/1\r\na=fmtp:97 x\r\na=rtpmap:98 unlisted/1\r\n",
	 .out = V4_DONE "m=audio 20000 RTP/AVP 8 97 19\r\na=rtpmap:8 pcma/8000/1\r\na=fmtp:97 x\r\n" TAIL},

	{.name = "a payload type that is listed twice is listed once",
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 0 8 0\r\n", .out = V4_DONE "m=audio 20000 RTP/AVP 0 8\r\n" PCMU PCMA TAIL},

	{.name = "formats that are no payload types are left alone, and their lines",
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 0 *\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=rtcp-fb:0 x\r\n",
	 .out = V4_DONE "m=audio 20000 RTP/AVP 0 *\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=rtcp-fb:0 x\r\n" TAIL},

	{.name = "a=mid where there is none, where asked for",
	 .in = V4_HEAD M0 "m=audio 4002 RTP/AVP 0\r\na=mid:x\r\n", .generate_mid = true,
	 .out = V4_DONE M0_DONE "a=mid:1\r\n" PCMU TAIL "m=audio 20002 RTP/AVP 0\r\na=mid:x\r\n" PCMU BOTH "a=rtcp:20003\r\n",
	 .portv = {20000, 20002}},

	{.name = "a=ptime where there is none, where asked for",
	 .in = V4_HEAD M0, .ptime_ms = 30, .out = V4_DONE M0_DONE PCMU TAIL "a=ptime:30\r\n"},

	{.name = "a=ptime where there is one stays",
	 .in = V4_HEAD M0 "a=ptime:20\r\n", .ptime_ms = 30, .out = V4_DONE M0_DONE PCMU TAIL "a=ptime:20\r\n"},

	{.name = "header extensions go where asked for, at both levels",
	 .in = V4_HEAD "a=extmap:1 urn:x\r\na=extmap-allow-mixed\r\n" M0 "a=extmap:2 urn:y\r\n", .strip_extmap = true,
	 .out = V4_DONE "a=extmap-allow-mixed\r\n" M0_DONE PCMU TAIL},

	{.name = "a bundle goes, other groups stay",
	 .in = V4_HEAD "a=group:BUNDLE a b\r\na=group:LS a b\r\na=group\r\n" M0 "a=bundle-only\r\n"
	       "m=video 0 RTP/AVP 31\r\na=bundle-only\r\n",
	 .out = V4_DONE "a=group:LS a b\r\na=group\r\n" M0_DONE PCMU TAIL "m=video 0 RTP/AVP 31\r\n"},
};

static const struct rewriting keysv[] = {
	{.name = "RTP becomes SRTP, our keys behind rtcp-mux",
	 .in = V4_HEAD M0 "a=ptime:20\r\n", .proto = "RTP/SAVP", .mux = true,
	 .cryptov = {"1 AEAD_AES_128_GCM inline:ours", "2 AES_CM_128_HMAC_SHA1_80 inline:ours"},
	 .out = V4_DONE "m=audio 20000 RTP/SAVP 0\r\n" PCMU TAIL "a=rtcp-mux\r\na=crypto:1 AEAD_AES_128_GCM inline:ours\r\n"
		"a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:ours\r\na=ptime:20\r\n"},

	{.name = "SRTP becomes RTP",
	 .in = V4_HEAD "m=audio 4000 RTP/SAVP 0\r\n" KEY, .proto = "RTP/AVP", .out = V4_DONE M0_DONE PCMU TAIL},

	{.name = "SRTP on both sides, each with its own key",
	 .in = V4_HEAD "m=audio 4000 RTP/SAVP 0\r\n" KEY, .cryptov = {"1 AES_CM_128_HMAC_SHA1_80 inline:ours"},
	 .out = V4_DONE "m=audio 20000 RTP/SAVP 0\r\n" PCMU TAIL "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:ours\r\n"},

	{.name = "keys pass where the parties encrypt end to end",
	 .in = V4_HEAD "m=audio 4000 RTP/SAVP 0\r\n" KEY, .keep_keys = true,
	 .out = V4_DONE "m=audio 20000 RTP/SAVP 0\r\n" KEY PCMU TAIL},

	{.name = "keys by DTLS go at both levels",
	 .in = V4_HEAD DTLS "m=audio 4000 UDP/TLS/RTP/SAVP 0\r\n" DTLS, .proto = "RTP/AVP", .out = V4_DONE M0_DONE PCMU TAIL},

	{.name = "keys by DTLS pass at both levels",
	 .in = V4_HEAD DTLS "m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\n" DTLS, .keep_keys = true,
	 .out = V4_DONE DTLS "m=audio 20000 UDP/TLS/RTP/SAVPF 0\r\n" DTLS PCMU TAIL},

	{.name = "the session's fingerprint stays where an m-line is not ours",
	 .in = V4_HEAD DTLS M0 "m=application 9 TCP/DTLS/BFCP *\r\nc=IN IP4 10.0.0.5\r\n",
	 .out = V4_DONE DTLS M0_DONE PCMU TAIL "m=application 9 TCP/DTLS/BFCP *\r\nc=IN IP4 10.0.0.5\r\n"},

	{.name = "encryption as an alternative goes with the keys: its answer would pass us by",
	 .in = V4_HEAD M0 "a=tcap:1 RTP/SAVP\r\na=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\na=pcfg:1 t=1 a=1\r\n",
	 .out = V4_DONE M0_DONE PCMU TAIL},

	{.name = "feedback stays without its profile, as many understand it all the same",
	 .in = V4_HEAD "m=video 4000 RTP/SAVPF 97\r\na=rtcp-fb:97 nack\r\na=rtcp-fb:* ccm\r\n", .proto = "RTP/AVP",
	 .out = V4_DONE "m=video 20000 RTP/AVP 97\r\na=rtcp-fb:* ccm\r\na=rtcp-fb:97 nack\r\n" TAIL},
};

static const struct rewriting icev[] = {
	{.name = "ICE goes, at both levels",
	 .in = "v=0\r\nc=IN IP4 10.0.0.1\r\na=ice-lite\r\na=ice-options:trickle\r\n" M0
	       "a=ice-ufrag:x\r\na=ice-pwd:y\r\na=candidate:1 1 UDP 1 10.0.0.1 4000 typ host\r\n"
	       "a=remote-candidates:1 10.0.0.1 4000\r\na=end-of-candidates\r\na=iced:tea\r\n",
	 .out = "v=0\r\nc=IN IP4 192.0.2.7\r\n" M0_DONE "a=iced:tea\r\n" PCMU TAIL},

	{.name = "ours: lite for the session, a candidate for each component at the end",
	 .in = V4_HEAD M0 "a=ice-ufrag:x\r\na=ptime:20\r\n", .ice = &ice,
	 .out = V4_DONE "a=ice-lite\r\n" M0_DONE PCMU TAIL "a=ptime:20\r\na=ice-ufrag:oUrU\r\na=ice-pwd:ourpasswordourpassword\r\n"
		"a=candidate:1 1 UDP 2130706431 192.0.2.7 20000 typ host\r\n"
		"a=candidate:1 2 UDP 2130706430 192.0.2.7 20001 typ host\r\n"},

	{.name = "ours, on one port: one candidate",
	 .in = V4_HEAD M0, .ice = &ice, .mux = true, .shared_port = true, .local = "2001:db8::7",
	 .out = V6_DONE "a=ice-lite\r\n" M0_DONE PCMU BOTH "a=rtcp:20000\r\na=rtcp-mux\r\na=ice-ufrag:oUrU\r\n"
		"a=ice-pwd:ourpasswordourpassword\r\na=candidate:1 1 UDP 2130706431 2001:db8::7 20000 typ host\r\n"},

	{.name = "no ice-lite where no m-line is relayed",
	 .in = V4_HEAD "m=audio 0 RTP/AVP 0\r\n", .ice = &ice, .portv = {0, 0, 1},
	 .out = V4_HEAD "m=audio 0 RTP/AVP 0\r\n"},

};

static const struct rewriting codecsv[] = {
	{.name = "strip", .stripv = {"PCMA"}, .in = V4_HEAD FOUR,
	 .out = V4_DONE "m=audio 20000 RTP/AVP 0 101 96\r\n" PCMU EVENTS OPUS TAIL},

	{.name = "strip, case aside", .stripv = {"pcma", "Opus"}, .in = V4_HEAD FOUR,
	 .out = V4_DONE "m=audio 20000 RTP/AVP 0 101\r\n" PCMU EVENTS TAIL},

	{.name = "strip by payload type", .stripv = {"96", "0"}, .in = V4_HEAD FOUR,
	 .out = V4_DONE "m=audio 20000 RTP/AVP 8 101\r\n" PCMA EVENTS TAIL},

	{.name = "strip with a rate", .stripv = {"opus/48000", "PCMA/16000"}, .in = V4_HEAD FOUR,
	 .out = V4_DONE "m=audio 20000 RTP/AVP 0 8 101\r\n" PCMU PCMA EVENTS TAIL},

	{.name = "strip with channels", .stripv = {"opus/48000/2", "PCMA/8000/2"}, .in = V4_HEAD FOUR,
	 .out = V4_DONE "m=audio 20000 RTP/AVP 0 8 101\r\n" PCMU PCMA EVENTS TAIL},

	{.name = "a name that is not there, and a part of a name, strip nothing", .stripv = {"G729", "PCM", "", "/"}, .in = V4_HEAD FOUR,
	 .out = V4_DONE "m=audio 20000 RTP/AVP 0 8 101 96\r\n" PCMU PCMA EVENTS OPUS TAIL},

	{.name = "mask is strip: nothing here could transcode", .maskv = {"PCMU"}, .in = V4_HEAD FOUR,
	 .out = V4_DONE "m=audio 20000 RTP/AVP 8 101 96\r\n" PCMA EVENTS OPUS TAIL},

	{.name = "all but", .stripv = {"all"}, .exceptv = {"opus", "telephone-event"}, .in = V4_HEAD FOUR,
	 .out = V4_DONE "m=audio 20000 RTP/AVP 101 96\r\n" EVENTS OPUS TAIL},

	{.name = "except does not save what is stripped by name", .stripv = {"PCMA"}, .exceptv = {"PCMA"}, .in = V4_HEAD FOUR,
	 .out = V4_DONE "m=audio 20000 RTP/AVP 0 101 96\r\n" PCMU EVENTS OPUS TAIL},

	{.name = "all, and these back in their order, companions last",
	 .stripv = {"full"}, .offerv = {"opus", "telephone-event", "PCMU"}, .in = V4_HEAD FOUR,
	 .out = V4_DONE "m=audio 20000 RTP/AVP 96 0 101\r\n" OPUS PCMU EVENTS TAIL},

	{.name = "all but these, and those behind them", .stripv = {"all"}, .exceptv = {"PCMA"}, .offerv = {"PCMU"}, .in = V4_HEAD FOUR,
	 .out = V4_DONE "m=audio 20000 RTP/AVP 8 0\r\n" PCMA PCMU TAIL},

	{.name = "offer alone changes nothing", .offerv = {"opus"}, .in = V4_HEAD FOUR,
	 .out = V4_DONE "m=audio 20000 RTP/AVP 0 8 101 96\r\n" PCMU PCMA EVENTS OPUS TAIL},

	{.name = "all codecs are those of audio", .stripv = {"all"}, .offerv = {"PCMU"},
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 0 8\r\nm=video 4002 RTP/AVP 31\r\n", .portv = {20000, 20002},
	 .out = V4_DONE M0_DONE PCMU TAIL "m=video 20002 RTP/AVP 31\r\na=rtpmap:31 H261/90000\r\n" BOTH "a=rtcp:20003\r\n"},

	{.name = "retransmission goes with its codec, and that of redundancy too", .stripv = {"H264"},
	 .in = V4_HEAD "m=video 4000 RTP/AVPF 97 98 99 100 101\r\na=rtpmap:97 H264/90000\r\na=rtpmap:98 rtx/90000\r\n"
	       "a=fmtp:98 apt=97;rtx-time=200\r\na=rtpmap:99 VP8/90000\r\na=rtpmap:100 red/90000\r\na=fmtp:100 97/97\r\n"
	       "a=rtpmap:101 rtx/90000\r\na=fmtp:101 apt=100\r\n",
	 .out = V4_DONE "m=video 20000 RTP/AVPF 99\r\na=rtpmap:99 VP8/90000\r\n" TAIL},

	{.name = "retransmission of what stays, stays", .stripv = {"H264"},
	 .in = V4_HEAD "m=video 4000 RTP/AVPF 97 99 98\r\na=rtpmap:97 H264/90000\r\na=rtpmap:98 rtx/90000\r\n"
	       "a=fmtp:98 apt=99;rtx-time=97\r\na=rtpmap:99 VP8/90000\r\n",
	 .out = V4_DONE "m=video 20000 RTP/AVPF 99 98\r\na=rtpmap:99 VP8/90000\r\na=rtpmap:98 rtx/90000\r\n"
		"a=fmtp:98 apt=99;rtx-time=97\r\n" TAIL},

	{.name = "one codec alone, and events", .single_codec = true,
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 13 8 101 0 96\r\n" EVENTS OPUS,
	 .out = V4_DONE "m=audio 20000 RTP/AVP 8 101\r\n" PCMA EVENTS TAIL},

	{.name = "an m-line that never had a codec is no error", .stripv = {"PCMA"},
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 101\r\n" EVENTS, .out = V4_DONE "m=audio 20000 RTP/AVP 101\r\n" EVENTS TAIL},

	{.name = "an m-line that had nothing but what is stripped is an error", .stripv = {"telephone-event"},
	 .in = V4_HEAD "m=audio 4000 RTP/AVP 101\r\n" EVENTS,
	 .why = "The codec flags leave nothing of m-line 1: offer or except a codec it has"},

	{.name = "an m-line left with nothing is an error", .stripv = {"all"}, .in = V4_HEAD FOUR,
	 .why = "The codec flags leave nothing of m-line 1: offer or except a codec it has"},

	{.name = "an m-line left with events alone is an error", .stripv = {"all"}, .exceptv = {"telephone-event"}, .in = V4_HEAD FOUR,
	 .why = "The codec flags leave nothing of m-line 1: offer or except a codec it has"},

	{.name = "it says which m-line", .stripv = {"H261"}, .portv = {20000, 20002}, .in = V4_HEAD M0 "m=video 4002 RTP/AVP 31\r\n",
	 .why = "The codec flags leave nothing of m-line 2: offer or except a codec it has"},

	{.name = "a rejected m-line loses no codec", .stripv = {"all"}, .offerv = {"PCMU"},
	 .in = V4_HEAD M0 "m=audio 0 RTP/AVP 8\r\n", .out = V4_DONE M0_DONE PCMU TAIL "m=audio 0 RTP/AVP 8\r\n"},
};
/* clang-format on */

static void all_check(const struct rewriting *v, size_t c)
{
	size_t i;

	for (i = 0; i < c; i++)
		rewrite_check(&v[i]);
}

static void addresses_are_ours(void)
{
	all_check(addressv, ARRAY_SIZE(addressv));
}

static void odd_texts_pass(void)
{
	all_check(text_odds, ARRAY_SIZE(text_odds));
}

static void rtcp_is_said(void)
{
	all_check(rtcpv, ARRAY_SIZE(rtcpv));
}

static void directions_pass(void)
{
	all_check(directionsv, ARRAY_SIZE(directionsv));
}

static void attributes_have_their_order(void)
{
	all_check(attributesv, ARRAY_SIZE(attributesv));
}

static void keys_are_ours_or_pass(void)
{
	all_check(keysv, ARRAY_SIZE(keysv));
}

static void ice_is_lite_or_goes(void)
{
	all_check(icev, ARRAY_SIZE(icev));
}

static void codecs_are_filtered(void)
{
	all_check(codecsv, ARRAY_SIZE(codecsv));
}

static const struct unit_test testv[] = {
	{"addresses and ports are ours, but for what is not relayed", addresses_are_ours},
	{"odd texts pass, lines of ours fit in", odd_texts_pass},
	{"a=rtcp and rtcp-mux are said as asked for", rtcp_is_said},
	{"a direction is said for each m-line", directions_pass},
	{"attributes have rtpengine's order", attributes_have_their_order},
	{"keys are ours, or pass where all of it passes", keys_are_ours_or_pass},
	{"ICE is ours and lite, or goes", ice_is_lite_or_goes},
	{"codecs are filtered, and what belongs to them", codecs_are_filtered},
	{NULL, NULL},
};

const struct unit_suite sdp_rewrite_suite = {"sdp_rewrite", testv};
