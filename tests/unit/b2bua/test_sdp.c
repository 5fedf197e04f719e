/**
 * @file test_sdp.c  The codec of an SDP
 */
#include <string.h>
#include <re.h>
#include "leg/sdp.h"
#include "leg/sdp_fit.h"
#include "leg/sdp_precondition.h"
#include "unit.h"

static void test_codec(void)
{
	static const struct {
		const char *sdp, *codec;
	} v[] = {
		{"v=0\r\nm=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n", "PCMA"},
		{"v=0\r\nm=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n", "PCMU"},
		{"v=0\nm=audio 4000 RTP/AVP 111\na=rtpmap:111 opus/48000/2\n", "opus"},
		{"m=audio 4000 RTP/AVP 96\r\na=rtpmap:97 AMR/8000\r\na=rtpmap:96 AMR-WB/16000\r\n", "AMR-WB"},
		{"m=audio 4000 RTP/AVP 96\r\n", ""},
		{"m=audio 0 RTP/AVP 8\r\nm=audio 4002 RTP/AVP 18\r\n", "G729"},
		{"m=video 4000 RTP/AVP 31\r\na=rtpmap:31 H261/90000\r\nm=audio 4002/2 RTP/SAVP 9\r\n",
		 "G722"},
		{"m=audio 4000 RTP/AVP 8\r\nm=video 4002 RTP/AVP 96\r\na=rtpmap:8 H264/90000\r\n", "PCMA"},
		{"a=rtpmap:8 early/8000\r\nm=audio 4000 RTP/AVP 8\r\n", "PCMA"},
		{"m=audio 0 RTP/AVP 8\r\n", ""},
		{"m=audio 4000 RTP/AVP", ""},
		{"m=image 4000 udptl t38\r\n", ""},
		{"m=audio 4000 RTP/AVP 99999999999999999999\r\n", ""},
		{"m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 "
		 "a-name-longer-than-the-field-that-it-goes-to/8000\r\n",
		 "a-name-longer-than-the-field-th"},
		{"garbage", ""},
		{"\n\n\r\n", ""},
		{"", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		char name[SDP_CODEC_SIZE] = "unset";
		struct pl sdp;

		pl_set_str(&sdp, v[i].sdp);
		sdp_codec(name, &sdp);
		CU_ASSERT_STRING_EQUAL(name, v[i].codec);
	}
}

static void test_unset(void)
{
	char name[SDP_CODEC_SIZE] = "unset";

	sdp_codec(name, &pl_null);
	CU_ASSERT_STRING_EQUAL(name, "");
}

#define AUDIO "m=audio 4000 RTP/AVP 8\r\na=sendrecv\r\n"
#define VIDEO "m=video 4002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
#define NO_VIDEO "m=video 0 RTP/AVP 96\r\n"

static void test_fit(void)
{
	static const struct {
		const char *offer, *sdp, *fits;
		int err;
	} v[] = {
		{"v=0\r\n" AUDIO, "v=1\r\n" AUDIO, "v=1\r\n" AUDIO, 0},
		{"v=0\r\n" AUDIO VIDEO, "v=1\r\n" AUDIO, "v=1\r\n" AUDIO NO_VIDEO, 0},
		{"v=0\r\n" AUDIO, "v=1\r\n" AUDIO VIDEO, "v=1\r\n" AUDIO, 0},
		{"v=0\r\n" VIDEO AUDIO, "v=1\r\n" AUDIO, "v=1\r\n" NO_VIDEO AUDIO, 0},
		{"v=0\r\n" VIDEO AUDIO, "v=1\r\n" AUDIO VIDEO, "v=1\r\n" VIDEO AUDIO, 0},
		/* one stream of each kind goes to one of the other side */
		{"v=0\r\n" AUDIO AUDIO, "v=1\r\n" AUDIO, "v=1\r\n" AUDIO "m=audio 0 RTP/AVP 8\r\n", 0},
		/* what either has rejected before stays so */
		{"v=0\r\n" NO_VIDEO AUDIO, "v=1\r\n" VIDEO AUDIO, "v=1\r\n" NO_VIDEO AUDIO, 0},
		{"v=0\r\n" VIDEO AUDIO, "v=1\r\n" NO_VIDEO AUDIO, "v=1\r\n" NO_VIDEO AUDIO, 0},
		{"v=0\nm=audio 4/2 RTP/AVP 8", "v=1\nm=audio 5 RTP/AVP 8", "v=1\nm=audio 5 RTP/AVP 8\r\n", 0},
		{"v=0\r\n" AUDIO, "v=1\r\n" VIDEO, NULL, ENOTSUP},
		{"v=0\r\n" NO_VIDEO, "v=1\r\n" NO_VIDEO, NULL, ENOTSUP},
		{"v=0\r\nm=audio\r\n" AUDIO, "v=1\r\n" AUDIO, NULL, EBADMSG},
		{"", "v=1\r\n" AUDIO, NULL, ENOTSUP},
		{"v=0\r\n" AUDIO, "", NULL, ENOTSUP},
		{AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO
			 AUDIO AUDIO,
		 AUDIO, NULL, EOVERFLOW},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct mbuf *mb = mbuf_alloc(64);
		struct pl offer, sdp;

		pl_set_str(&offer, v[i].offer);
		pl_set_str(&sdp, v[i].sdp);
		CU_ASSERT_EQUAL(sdp_fit(mb, &offer, &sdp), v[i].err);
		if (v[i].fits)
			CU_ASSERT(mb->end == strlen(v[i].fits) && !memcmp(mb->buf, v[i].fits, mb->end));
		mem_deref(mb);
	}
}

static void test_security(void)
{
	static const struct {
		const char *sdp;
		bool plain, secure;
	} v[] = {
		{"m=audio 4000 RTP/AVP 8\r\n", true, false},
		{"m=audio 4000 RTP/SAVP 8\r\na=crypto:1 x y\r\n", false, true},
		{"m=audio 4000 UDP/TLS/RTP/SAVPF 8\r\n", false, true},
		{"m=audio 4000 RTP/AVPF 8\r\na=crypto:1 x y\r\n", false, false}, /* RFC 8643 */
		{"m=audio 4000 RTP/SAVP 8\r\nm=video 4002 RTP/AVP 96\r\n", true, true},
		{"m=audio 0 RTP/SAVP 8\r\nm=image 4000 udptl t38\r\n", false, false},
		{"m=audio 4000/2 RTP/AVP 8", true, false},
		{"a=crypto:1 x y\r\nm=audio 4000 RTP/AVP 8\r\n", true, false},
		{"garbage", false, false},
		{"", false, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct sdp_security sec;
		struct pl sdp;

		pl_set_str(&sdp, v[i].sdp);
		sdp_security(&sec, &sdp);
		CU_ASSERT_EQUAL(sec.plain, v[i].plain);
		CU_ASSERT_EQUAL(sec.secure, v[i].secure);
	}
}

static void test_without_keys(void)
{
	static const struct {
		const char *in, *out;
	} v[] = {
		{"v=0\r\na=crypto:1 x inline:y\r\ns=-\r\n", "v=0\r\ns=-\r\n"},
		{"a=crypto:1 x\na=cryptographic\na=crypto:", "a=cryptographic\na=crypto:"},
		{"m=audio 1 RTP/AVP 8\na=crypto:2 y", "m=audio 1 RTP/AVP 8\n"},
		{"v=0\r\ns=-", "v=0\r\ns=-"},
		{"", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct mbuf *mb = mbuf_alloc(64);
		struct pl sdp, out;

		pl_set_str(&sdp, v[i].in);
		CU_ASSERT_EQUAL(sdp_without_keys(mb, &sdp), 0);
		out = (struct pl){(const char *)mb->buf, mb->end};
		CU_ASSERT_EQUAL(pl_strcmp(&out, v[i].out), 0);
		mem_deref(mb);
	}
}

static void test_without_preconditions(void)
{
	static const struct {
		const char *in, *out;
	} v[] = {
		{"m=audio 1 RTP/AVP 8\r\na=curr:qos local none\r\na=des:qos mandatory local sendrecv\r\n"
		 "a=conf:qos remote sendrecv\r\na=sendrecv\r\n",
		 "m=audio 1 RTP/AVP 8\r\na=sendrecv\r\n"},
		{"v=0\na=des:qos none remote sendrecv", "v=0\n"},
		{"v=0\r\na=current:1\r\na=des\r\na=confer:x\r\ns=a=des:qos\r\n", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct mbuf *mb = mbuf_alloc(64);
		struct pl sdp, out;

		pl_set_str(&sdp, v[i].in);
		CU_ASSERT_EQUAL(sdp_preconditions(&sdp) != SDP_PRECONDITIONS_NONE, v[i].out != NULL);
		CU_ASSERT_EQUAL(sdp_without_preconditions(mb, &sdp), 0);
		out = (struct pl){(const char *)mb->buf, mb->end};
		CU_ASSERT_EQUAL(pl_strcmp(&out, v[i].out ? v[i].out : v[i].in), 0);
		mem_deref(mb);
	}
}

static void test_preconditions(void)
{
	static const struct {
		const char *sdp;
		enum sdp_preconditions preconditions;
	} v[] = {
		{"a=curr:qos local none\r\na=des:qos mandatory local sendrecv\r\n",
		 SDP_PRECONDITIONS_MANDATORY},
		{"a=des:qos optional local sendrecv\na=des:qos mandatory remote send",
		 SDP_PRECONDITIONS_MANDATORY},
		{"a=des:qos optional local mandatory \n", SDP_PRECONDITIONS_OPTIONAL},
		{"a=curr:qos mandatory sendrecv\n", SDP_PRECONDITIONS_OPTIONAL},
		{"s=a=des:qos mandatory local sendrecv\r\n", SDP_PRECONDITIONS_NONE},
		{"", SDP_PRECONDITIONS_NONE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct pl sdp;

		pl_set_str(&sdp, v[i].sdp);
		CU_ASSERT_EQUAL(sdp_preconditions(&sdp), v[i].preconditions);
	}
}

static void test_met(void)
{
	static const struct {
		const char *sdp;
		bool met;
	} v[] = {
		{"m=audio 1 RTP/AVP 8\na=curr:qos local none\na=des:qos mandatory local sendrecv\n", false},
		{"m=audio 1 RTP/AVP 8\na=curr:qos local send\na=des:qos mandatory local sendrecv\n", false},
		{"m=audio 1 RTP/AVP 8\na=curr:qos local sendrecv\na=des:qos mandatory local send\n", true},
		{"m=audio 1 RTP/AVP 8\na=curr:sec local sendrecv\na=des:qos mandatory local send\n", false},
		{"m=audio 1 RTP/AVP 8\na=curr:qos local none\na=des:qos optional local sendrecv\n", true},
		{"m=audio 1 RTP/AVP 8\na=curr:qos remote none\na=des:qos mandatory remote send\n", true},
		{"m=audio 1 RTP/AVP 8\na=des:qos mandatory local none\n", true},
		{"m=audio 1 RTP/AVP 8\na=curr:qos local sendrecv\na=des:qos mandatory local send\n"
		 "m=video 1 RTP/AVP 9\na=curr:qos local none\na=des:qos mandatory local send\n",
		 false},
		{"a=des:qos mandatory local sendrecv\nm=audio 1 RTP/AVP 8\n", true}, /* of no media */
		{"m=audio 1 RTP/AVP 8\na=des:qos mandatory local sendrecv x\n", true},
		{"", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct pl sdp;

		pl_set_str(&sdp, v[i].sdp);
		CU_ASSERT_EQUAL(sdp_preconditions_met(&sdp), v[i].met);
	}
}

static void test_served(void)
{
	static const struct {
		const char *sdp, *theirs, *out;
	} v[] = {
		{"v=0\r\nm=audio 1 RTP/AVP 8\r\na=x\r\nm=video 2 RTP/AVP 9\r\n",
		 "m=audio 3 RTP/AVP 8\na=curr:qos local none\na=curr:qos remote none\n"
		 "a=des:qos mandatory local sendrecv\na=des:qos none remote send\n",
		 "v=0\r\nm=audio 1 RTP/AVP 8\r\na=x\r\na=curr:qos remote none\r\na=curr:qos local "
		 "sendrecv\r\n"
		 "a=des:qos mandatory remote sendrecv\r\na=conf:qos remote sendrecv\r\n"
		 "a=des:qos none local recv\r\nm=video 2 RTP/AVP 9\r\n"},
		{"m=audio 1 RTP/AVP 8\n",
		 "m=audio 3 RTP/AVP 8\na=curr:qos local send\na=des:qos mandatory local send\n",
		 "m=audio 1 RTP/AVP 8\r\na=curr:qos remote recv\r\na=des:qos mandatory remote recv\r\n"},
		{"m=audio 1 RTP/AVP 8\n",
		 "m=audio 3 RTP/AVP 8\na=curr:qos e2e none\na=des:qos optional e2e send\n",
		 "m=audio 1 RTP/AVP 8\r\na=curr:qos e2e sendrecv\r\na=des:qos optional e2e recv\r\n"},
		{"m=audio 1 RTP/AVP 8\n", "m=audio 3 RTP/AVP 8\n", "m=audio 1 RTP/AVP 8\r\n"},
		{"m=audio 1 RTP/AVP 8", NULL,
		 "m=audio 1 RTP/AVP 8\r\na=curr:qos local sendrecv\r\na=curr:qos remote none\r\n"
		 "a=des:qos optional local sendrecv\r\na=des:qos optional remote sendrecv\r\n"},
		{"v=0\n", NULL, "v=0\r\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct mbuf *mb = mbuf_alloc(64);
		struct pl sdp, theirs = PL_INIT, out;

		pl_set_str(&sdp, v[i].sdp);
		if (v[i].theirs)
			pl_set_str(&theirs, v[i].theirs);
		CU_ASSERT_EQUAL(sdp_preconditions_serve(mb, &sdp, &theirs), 0);
		out = (struct pl){(const char *)mb->buf, mb->end};
		CU_ASSERT_EQUAL(pl_strcmp(&out, v[i].out), 0);
		mem_deref(mb);
	}
}

static void test_held(void)
{
	static const struct {
		const char *sdp;
		bool held;
	} v[] = {
		{"m=audio 1 RTP/AVP 8\r\na=sendrecv\r\n", false},
		{"m=audio 1 RTP/AVP 8\r\na=sendonly\r\n", true},
		{"a=inactive\nm=audio 1 RTP/AVP 8", true},
		{"m=audio 1 RTP/AVP 8\na=recvonly", true},
		{"c=IN IP4 0.0.0.0\r\n", true},
		{"s=a=inactive\r\n", false},
		{"", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct pl sdp;

		pl_set_str(&sdp, v[i].sdp);
		CU_ASSERT_EQUAL(sdp_held(&sdp), v[i].held);
	}
}

static void test_family(void)
{
	static const struct {
		const char *sdp;
		int af;
	} v[] = {
		{"v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 1 RTP/AVP 8\r\n", AF_INET},
		{"c=IN IP6 2001:db8::1\n", AF_INET6},
		{"c=IN IP4 0.0.0.0\r\nm=audio 1 RTP/AVP 8\r\nc=IN IP6 2001:db8::1\r\n", AF_INET6},
		{"c=IN IP4 0.0.0.0\r\n", AF_UNSPEC},
		{"c=IN IP6 ::\r\n", AF_UNSPEC},
		{"c=IN IP5 x\r\nc=\r\nc", AF_UNSPEC},
		{"s=c=IN IP4 192.0.2.1\r\n", AF_UNSPEC},
		{"", AF_UNSPEC},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct pl sdp;

		pl_set_str(&sdp, v[i].sdp);
		CU_ASSERT_EQUAL(sdp_family(&sdp), v[i].af);
	}
}

static const struct unit_test testv[] = {
	{"keys are taken out line by line", test_without_keys},
	{"preconditions are seen, and taken out line by line", test_without_preconditions},
	{"preconditions are mandatory where one desired status is", test_preconditions},
	{"preconditions are met when all mandatory ones of the sender's own side are", test_met},
	{"a side that is served hears that the other has met them, and is asked to say when it has",
	 test_served},
	{"the IP version is that of the first address that is one", test_family},
	{"a hold is seen by its direction or the null address", test_held},
	{"RTP and SRTP are told apart, and keys beside RTP are neither", test_security},
	{"an offer fits another with its media in that one's order, and those it lacks rejected", test_fit},
	{"the first payload type of the first accepted audio line names it", test_codec},
	{"no SDP names none", test_unset},
	{NULL, NULL},
};

const struct unit_suite sdp_suite = {"sdp", testv};
