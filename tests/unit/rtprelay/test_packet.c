/**
 * @file test_packet.c  What a datagram is, by its first bytes
 */
#include <string.h>
#include <re.h>
#include "packet.h"
#include "unit.h"

static void the_first_byte_tells_the_protocol(void)
{
	struct packet_rtp rtp;
	unsigned first;

	for (first = 0; first < 256; first++) {

		uint8_t p[80] = {(uint8_t)first, 0x08};
		const enum packet_kind kind = packet_classify(p, sizeof(p), true, &rtp);

		if (first <= 3)
			CU_ASSERT_EQUAL(kind, PACKET_STUN)
		else if (first >= 20 && first <= 63)
			CU_ASSERT_EQUAL(kind, PACKET_DTLS)
		else if (first >= 128 && first <= 191)
			CU_ASSERT_EQUAL(kind, PACKET_RTP)
		else
			CU_ASSERT_EQUAL(kind, PACKET_OTHER);
	}
}

static void rtcp_is_told_from_rtp_by_its_type(void)
{
	struct packet_rtp rtp;
	unsigned second;

	for (second = 0; second < 256; second++) {

		uint8_t p[20] = {0x80, (uint8_t)second};
		const enum packet_kind kind = packet_classify(p, sizeof(p), false, &rtp);

		CU_ASSERT_EQUAL(kind, second >= 192 && second <= 223 ? PACKET_RTCP : PACKET_RTP);
	}
}

static void the_rtp_header_is_read(void)
{
	static const uint8_t p[] = {0x80, 0xe0, 0x12, 0x34, 1, 2, 3, 4, 0xde, 0xad, 0xbe, 0xef, 'x'};
	struct packet_rtp rtp;

	CU_ASSERT_EQUAL(packet_classify(p, sizeof(p), false, &rtp), PACKET_RTP);
	CU_ASSERT_EQUAL(rtp.pt, 0x60);
	CU_ASSERT(rtp.marker);
	CU_ASSERT_EQUAL(rtp.seq, 0x1234);
	CU_ASSERT_EQUAL(rtp.timestamp, 0x01020304);
	CU_ASSERT_EQUAL(rtp.ssrc, 0xdeadbeef);
}

static void the_header_must_fit(void)
{
	static const struct {
		const char *name;
		uint8_t p[32];
		size_t len;
		bool secure;
		enum packet_kind kind;
	} vectorv[] = {
		{"empty", {0}, 0, false, PACKET_OTHER},
		{"one byte", {0x80}, 1, false, PACKET_MALFORMED},
		{"no payload", {0x80}, 12, false, PACKET_RTP},
		{"one short", {0x80}, 11, false, PACKET_MALFORMED},
		{"two CSRCs", {0x82}, 20, false, PACKET_RTP},
		{"two CSRCs cut", {0x82}, 19, false, PACKET_MALFORMED},
		{"15 CSRCs cut", {0x8f}, 32, false, PACKET_MALFORMED},
		{"extension of none", {0x90}, 16, false, PACKET_RTP},
		{"extension header cut", {0x90}, 15, false, PACKET_MALFORMED},
		{"extension of two words", {0x90, [15] = 2}, 24, false, PACKET_RTP},
		{"extension of two words cut", {0x90, [15] = 2}, 23, false, PACKET_MALFORMED},
		{"extension longer than any packet",
		 {0x90, [14] = 0xff, [15] = 0xff},
		 32,
		 false,
		 PACKET_MALFORMED},
		{"padding of all", {0xa0, [15] = 4}, 16, false, PACKET_RTP},
		{"padding of none", {0xa0, [15] = 0}, 16, false, PACKET_MALFORMED},
		{"padding over the header", {0xa0, [15] = 5}, 16, false, PACKET_MALFORMED},
		{"padding, but no room", {0xa0}, 12, false, PACKET_MALFORMED},
		{"padding is not looked at in SRTP", {0xa0, [15] = 0}, 16, true, PACKET_RTP},
		{"RTCP", {0x80, 200}, 8, false, PACKET_RTCP},
		{"RTCP cut", {0x80, 200}, 7, false, PACKET_MALFORMED},
	};
	struct packet_rtp rtp;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		const enum packet_kind kind =
			packet_classify(vectorv[i].p, vectorv[i].len, vectorv[i].secure, &rtp);

		if (kind != vectorv[i].kind)
			(void)fprintf(stderr, "\n    %s: got %d\n", vectorv[i].name, kind);
		CU_ASSERT_EQUAL(kind, vectorv[i].kind);
	}
}

/** Second byte, length, and the payload's bytes: one repeated, or a ramp. */
static void silence_is_known_by_its_payload(void)
{
	static const struct {
		const char *name;
		uint8_t first, pt;
		uint8_t len;
		int fill; /* -1: a ramp */
		bool silence;
	} vectorv[] = {
		{"u-law zero", 0x80, 0, 172, 0xff, true},
		{"A-law zero", 0x80, 8, 172, 0xd5, true},
		{"speech", 0x80, 0, 172, -1, false},
		{"the same bytes mean sound in other codecs", 0x80, 9, 172, 0xff, false},
		{"comfort noise", 0x80, 13, 13, 60, true},
		{"comfort noise at length", 0x80, 13, 22, -1, true},
		{"a frame of G.729", 0x80, 18, 22, -1, false},
		{"a silence descriptor of G.729", 0x80, 18, 14, -1, true},
		{"a silence descriptor of AMR", 0x80, 96, 19, -1, true},
		{"Opus without sound", 0x80, 111, 13, -1, true},
		{"no payload", 0x80, 0, 12, 0, true},
		{"behind two sources", 0x82, 0, 180, 0xff, true},
		{"a header cut short", 0x8f, 0, 20, 0xff, false},
		{"not even a header", 0x80, 0, 8, 0xff, false},
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		uint8_t p[256] = {0};
		const size_t head = 12 + (size_t)(vectorv[i].first & 0xf) * 4;

		p[0] = vectorv[i].first;
		p[1] = vectorv[i].pt;
		for (j = head; j < sizeof(p); j++)
			p[j] = (uint8_t)(vectorv[i].fill < 0 ? (int)j : vectorv[i].fill);

		if (packet_is_silence(p, vectorv[i].len) != vectorv[i].silence)
			(void)fprintf(stderr, "\n    %s\n", vectorv[i].name);
		CU_ASSERT_EQUAL(packet_is_silence(p, vectorv[i].len), vectorv[i].silence);
	}
}

static void speech_is_silenced_in_its_place(void)
{
	static const struct {
		uint8_t first;
		uint8_t pt;
		size_t head, pad;
		int fill; /* -1: not G.711, nothing changes */
	} vectorv[] = {
		{0x80, 0, 12, 0, 0xff}, {0x80, 0x88, 12, 0, 0xd5}, {0x83, 0, 24, 0, 0xff},
		{0xa0, 0, 12, 4, 0xff}, {0x80, 18, 12, 0, -1},     {0x80, 101, 12, 0, -1},
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		uint8_t p[64];

		memset(p, vectorv[i].pad ? (int)vectorv[i].pad : 7, sizeof(p));
		p[0] = vectorv[i].first;
		p[1] = vectorv[i].pt;

		CU_ASSERT_EQUAL(packet_silence(p, sizeof(p)), vectorv[i].fill >= 0);
		CU_ASSERT_EQUAL(p[0], vectorv[i].first);
		CU_ASSERT_EQUAL(p[1], vectorv[i].pt);

		for (j = 2; j < sizeof(p); j++) {

			const bool sample = j >= vectorv[i].head && j < sizeof(p) - vectorv[i].pad;
			const int old = vectorv[i].pad ? (int)vectorv[i].pad : 7;

			CU_ASSERT_EQUAL(p[j], sample && vectorv[i].fill >= 0 ? vectorv[i].fill : old);
		}
	}
}

static const struct unit_test testv[] = {
	{"the first byte tells the protocol (RFC 7983)", the_first_byte_tells_the_protocol},
	{"RTCP is told from RTP by its type (RFC 5761)", rtcp_is_told_from_rtp_by_its_type},
	{"the RTP header is read", the_rtp_header_is_read},
	{"CSRCs, extension and padding must fit", the_header_must_fit},
	{"silence is known by its payload", silence_is_known_by_its_payload},
	{"speech is silenced in its place", speech_is_silenced_in_its_place},
	{NULL, NULL},
};

const struct unit_suite packet_suite = {"packet", testv};
