/**
 * @file test_sdp.c  The codec of an SDP
 */
#include <string.h>
#include <re.h>
#include "leg/sdp.h"
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

static const struct unit_test testv[] = {
	{"RTP and SRTP are told apart, and keys beside RTP are neither", test_security},
	{"the first payload type of the first accepted audio line names it", test_codec},
	{"no SDP names none", test_unset},
	{NULL, NULL},
};

const struct unit_suite sdp_suite = {"sdp", testv};
