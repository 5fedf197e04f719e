/**
 * @file test_packet.c  What is SIP and what is not, before anything is decoded
 */
#include <string.h>
#include <re.h>
#include "door/packet.h"
#include "sip_text.h"
#include "unit.h"

#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1

static void test_kinds(void)
{
	static const struct {
		enum packet_kind kind;
		const uint8_t *p;
		size_t l;
	} v[] = {
		{PACKET_SIP, BYTES("OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 1\r\n\r\n")},
		{PACKET_SIP, BYTES("OPTIONS sip:a@b SIP/2.0\nCall-ID: 1\n\n")},
		{PACKET_SIP, BYTES("SIP/2.0 200 OK\r\nCall-ID: 1\r\n\r\n")},
		{PACKET_SIP, BYTES("SIP/2.0 200 OK\r\nCall-ID: 1\r\n\r\nbody\0with NUL")},
		{PACKET_KEEPALIVE, BYTES("")},
		{PACKET_KEEPALIVE, BYTES("\r\n\r\n")},
		{PACKET_KEEPALIVE, BYTES("\0\0\0\0")},
		{PACKET_STUN, BYTES("\0\1\0\0\x21\x12\xa4\x42"
				    "abcdefghijkl")},
		{PACKET_JUNK, BYTES("\0\1\0\0\x21\x12\xa4\x42"
				    "abcdefghijk")},
		{PACKET_JUNK, BYTES("\xc0\1\0\0\x21\x12\xa4\x42"
				    "abcdefghijkl")},
		{PACKET_JUNK, BYTES("OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 1\r\n")},
		{PACKET_JUNK, BYTES("OPTIONS sip:a@b SIP/2.0")},
		{PACKET_SIP, BYTES("OPTIONS sip:a@b SIP/3.0\r\nCall-ID: 1\r\n\r\n")},
		{PACKET_SIP, BYTES("OPTIONS sip:a@b SIP/2.0  \r\nCall-ID: 1\r\n\r\n")},
		{PACKET_SIP, BYTES("OPTIONS sip:a@b SIP/2.0\r\nTo: \"\\\0\" <sip:a>\r\n\r\n")},
		{PACKET_JUNK, BYTES("SIP/2.0 200 OK\r\nTo: \"\\\0\" <sip:a>\r\n\r\n")},
		{PACKET_JUNK, BYTES("SIP/2.0\r\nCall-ID: 1\r\n\r\n")},
		{PACKET_JUNK, BYTES("OPTIONS sip:a@bSIP/2.0\r\nCall-ID: 1\r\n\r\n")},
		{PACKET_JUNK, BYTES("GET / HTTP/1.1\r\nHost: a\r\n\r\n")},
		{PACKET_JUNK, BYTES("SIP/2.0\r\n\r\n")},
		{PACKET_JUNK, BYTES("OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 1\0\r\n\r\n")},
		{PACKET_JUNK, BYTES("OPTIONS sip:a\0b SIP/2.0\r\nCall-ID: 1\r\n\r\n")},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		CU_ASSERT_EQUAL(packet_kind(v[i].p, v[i].l), v[i].kind);
}

static void test_long_start_line(void)
{
	struct mbuf *mb = mbuf_alloc(65535);

	(void)mbuf_write_str(mb, "INVITE sip:");
	(void)mbuf_fill(mb, '9', 60000);
	(void)mbuf_write_str(mb, " SIP/2.0\r\nCall-ID: 1\r\n\r\n");

	CU_ASSERT_EQUAL(packet_kind(mb->buf, mb->end), PACKET_JUNK);
	mem_deref(mb);
}

/* Each beginning of a message lies alone in its memory, so that a sanitizer sees a look past its end. */
static void test_truncated(void)
{
	struct mbuf *mb = sip_text_bytes(
		"INVITE sip:1@h SIP/2.0\n" SIP_TEXT_HEADERS("1 INVITE") "Content-Length: 3\n\nv=0");
	const size_t head = mb->end - 3;

	for (size_t l = 0; l <= mb->end; l++) {
		uint8_t *cut = mem_alloc(l ? l : 1, NULL);

		memcpy(cut, mb->buf, l);
		CU_ASSERT_EQUAL(packet_kind(cut, l), !l         ? PACKET_KEEPALIVE
						     : l < head ? PACKET_JUNK
								: PACKET_SIP);
		mem_deref(cut);
	}

	mem_deref(mb);
}

/* In lines or in one list; a body may have as many as it likes. */
static void test_parts(void)
{
	static const struct {
		const char *part;
		unsigned n;
		bool body;
		enum packet_kind kind;
	} v[] = {
		{"X-a: 1\r\n", 900, false, PACKET_SIP}, {"X-a: 1\r\n", 1001, false, PACKET_JUNK},
		{"a,", 900, false, PACKET_SIP},         {"a,", 1001, false, PACKET_JUNK},
		{"a=b,c\r\n", 5000, true, PACKET_SIP},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct mbuf *mb = mbuf_alloc(65536);

		(void)mbuf_write_str(mb, "INVITE sip:1@h SIP/2.0\r\n");
		(void)mbuf_write_str(mb, v[i].body ? "\r\n" : v[i].part[1] == ',' ? "k: " : "");
		for (unsigned n = 0; n < v[i].n; n++)
			(void)mbuf_write_str(mb, v[i].part);
		(void)mbuf_printf(mb, "%1200s\r\n\r\n", "X: ");

		CU_ASSERT_EQUAL(packet_kind(mb->buf, mb->end), v[i].kind);
		mem_deref(mb);
	}
}

static const struct unit_test testv[] = {
	{"SIP, STUN and keep-alives are told from junk", test_kinds},
	{"a start line without end is junk", test_long_start_line},
	{"a head of more than a thousand parts is junk", test_parts},
	{"a message is one when its head is whole, at every length", test_truncated},
	{NULL, NULL},
};

const struct unit_suite packet_suite = {"packet", testv};
