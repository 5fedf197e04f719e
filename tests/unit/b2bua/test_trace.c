/**
 * @file test_trace.c  Which messages are kept, for how long, and what they no longer tell
 */
#include <string.h>
#include <re.h>
#include "door/hep.h"
#include "door/trace_name.h"
#include "door/trace_ring.h"
#include "door/trace_text.h"
#include "unit.h"

enum { RING_SIZE = 64 * 1024, LEG_SIZE = 32 * 1024, HEARD_SIZE = 4096 };

static struct trace_ring *ring;
static char heard[HEARD_SIZE]; /* "a:text b1:text " of what was visited */

static void ring_open(void)
{
	CU_ASSERT_EQUAL_FATAL(trace_ring_alloc(&ring, RING_SIZE, LEG_SIZE), 0);
}

static void ring_close(void)
{
	ring = mem_deref(ring);
}

static void add_text(const char *callid, const char *text, size_t len)
{
	struct trace_msg m = {.len = (uint32_t)len};
	struct pl pl;

	pl_set_str(&pl, callid);
	trace_ring_add(ring, &pl, &m, text);
}

static void add(const char *callid, const char *text)
{
	add_text(callid, text, strlen(text));
}

static void link_leg(const char *callid, const char *call, const char *leg)
{
	struct pl pl;

	pl_set_str(&pl, callid);
	trace_ring_link(ring, &pl, call, leg);
}

static int heard_handler(const struct trace_msg *m, const struct pl *leg, char *text, void *arg)
{
	const size_t used = strlen(heard);

	(void)arg;
	(void)re_snprintf(heard + used, sizeof(heard) - used, "%r:%b ", leg, text, (size_t)MIN(m->len, 20u));

	return 0;
}

static const char *told(const char *call)
{
	heard[0] = '\0';
	CU_ASSERT_EQUAL(trace_ring_apply(ring, call, heard_handler, NULL), 0);

	return heard;
}

static const char *found(const char *id)
{
	static char call[UUID_STRSIZE];

	return trace_ring_find(ring, id, call) ? "" : call;
}

static void test_both_legs(void)
{
	ring_open();
	add("left", "one");
	link_leg("left", "call-1", "a");
	add("right", "two"); /* sent before the leg is known */
	link_leg("right", "call-1", "b1");
	add("left", "three");
	add("other", "four");

	CU_ASSERT_STRING_EQUAL(told("call-1"), "a:one b1:two a:three ");
	CU_ASSERT_STRING_EQUAL(found("call-1"), "call-1");
	CU_ASSERT_STRING_EQUAL(found("left"), "call-1");
	CU_ASSERT_STRING_EQUAL(found("right"), "call-1");
	CU_ASSERT_STRING_EQUAL(found("other"), "");
	CU_ASSERT_STRING_EQUAL(found(""), "");
	CU_ASSERT_STRING_EQUAL(told(""), "");
	ring_close();
}

static int whole_handler(const struct trace_msg *m, const struct pl *leg, char *text, void *arg)
{
	const struct pl *want = arg;
	struct pl got = {text, m->len};

	(void)leg;
	CU_ASSERT_EQUAL(got.l, want->l);
	CU_ASSERT_EQUAL(pl_cmp(&got, want), 0);

	return 0;
}

static void test_lengths(void)
{
	static char text[TRACE_TEXT_MAX + 1000];
	struct pl want = {text, 0};

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('0' + i % 71);

	for (size_t len = 0; len < sizeof(text); len += len < 3000 ? 1 : 997) {
		ring_open();
		link_leg("id", "call", "a");
		add_text("id", text, len);
		want.l = MIN(len, (size_t)TRACE_TEXT_MAX);
		CU_ASSERT_EQUAL(trace_ring_count(ring), 1);
		CU_ASSERT_EQUAL(trace_ring_apply(ring, "call", whole_handler, &want), 0);
		ring_close();
	}
}

static void test_leg_is_bounded(void)
{
	char text[16];

	ring_open();
	link_leg("other", "call-2", "a");
	add("other", "mine");
	link_leg("id", "call-1", "a");

	for (unsigned i = 0; i < 1000; i++) {
		(void)re_snprintf(text, sizeof(text), "%u", i);
		add("id", text);
	}

	CU_ASSERT_EQUAL(trace_ring_count(ring), 1 + LEG_SIZE / 512);
	CU_ASSERT_PTR_NOT_NULL(strstr(told("call-1"), "a:999 "));
	CU_ASSERT_PTR_NULL(strstr(told("call-1"), "a:935 "));
	CU_ASSERT_STRING_EQUAL(told("call-2"), "a:mine ");
	ring_close();
}

static void test_strangers_push_out_no_call(void)
{
	char name[16];

	ring_open();
	link_leg("id", "call", "a");
	add("id", "INVITE");

	for (unsigned i = 0; i < 10000; i++) {
		(void)re_snprintf(name, sizeof(name), "flood%u", i);
		add(name, "OPTIONS");
	}

	CU_ASSERT_STRING_EQUAL(told("call"), "a:INVITE ");
	ring_close();
}

static void test_oldest_goes_first(void)
{
	char name[16];

	ring_open();

	for (unsigned i = 0; i < 1000; i++) {
		(void)re_snprintf(name, sizeof(name), "%u", i);
		link_leg(name, name, "a");
		add(name, "INVITE");
		add(name, "BYE");
	}

	CU_ASSERT_STRING_EQUAL(told("999"), "a:INVITE a:BYE ");
	CU_ASSERT_STRING_EQUAL(told("990"), "a:INVITE a:BYE ");
	CU_ASSERT_STRING_EQUAL(told("1"), "");
	CU_ASSERT_TRUE(trace_ring_count(ring) <= RING_SIZE / 512);
	ring_close();
}

/* A long call among many short ones: what it says at its end is its own still. */
static void test_forgotten_leg_comes_back(void)
{
	char name[16];

	ring_open();
	link_leg("long", "long call", "a");
	add("long", "INVITE");

	for (unsigned i = 0; i < 40; i++) {
		(void)re_snprintf(name, sizeof(name), "%u", i);
		link_leg(name, name, "a");
		add(name, "INVITE");
		add(name, "BYE");
		add(name, "200");
	}

	CU_ASSERT_STRING_EQUAL(told("long call"), "");
	add("long", "BYE");
	CU_ASSERT_STRING_EQUAL(told("long call"), "a:BYE ");
	ring_close();
}

static void test_call_ids(void)
{
	static const struct {
		const char *text;
		const char *callid; /* NULL: none */
	} v[] = {
		{"BYE sip:a SIP/2.0\r\nCall-ID: one@h\r\n\r\n", "one@h"},
		{"BYE sip:a SIP/2.0\r\ni:one\r\n\r\n", "one"},
		{"BYE sip:a SIP/2.0\ncall-id \t: one \t\n\n", "one"},
		{"BYE sip:a SIP/2.0\r\nVia: x\r\nCALL-ID:\tone two\r\n\r\n", "one two"},
		{"BYE sip:a SIP/2.0\r\nCall-Info: x\r\n\r\nCall-ID: body\r\n", NULL},
		{"BYE sip:a SIP/2.0\r\nCall-ID: \r\n\r\n", NULL},
		{"BYE sip:a SIP/2.0\r\nCall-ID: cut", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct pl callid = PL_INIT;

		CU_ASSERT_EQUAL(trace_text_callid(&callid, v[i].text, strlen(v[i].text)),
				v[i].callid != NULL);
		if (v[i].callid)
			CU_ASSERT_EQUAL(pl_strcmp(&callid, v[i].callid), 0);
	}
}

static void test_masks(void)
{
	static const struct {
		const char *text, *masked;
	} v[] = {
		{"Authorization: Digest realm=\"r\", nonce=\"abc\", nc=00000001, response=\"12\", "
		 "cnonce=34\r\nTo: x\r\n",
		 "Authorization: Digest realm=\"r\", nonce=\"xxx\", nc=00000001, response=\"xx\", "
		 "cnonce=xx\r\nTo: x\r\n"},
		{"proxy-authorization : digest username=\"a\\\"b\", Response = \"1,2\"\r\n",
		 "proxy-authorization : digest username=\"a\\\"b\", Response = \"xxx\"\r\n"},
		{"Authorization: Digest realm=\"r\",\r\n\tresponse=\"12\"\r\nresponse=\"12\"\r\n",
		 "Authorization: Digest realm=\"r\",\r\n\tresponse=\"xx\"\r\nresponse=\"12\"\r\n"},
		{"WWW-Authenticate: Digest realm=\"r\", qop=\"auth,auth-int\", nonce=\"n\", "
		 "algorithm=SHA-256, opaque=\"o\"\n",
		 "WWW-Authenticate: Digest realm=\"r\", qop=\"auth,auth-int\", nonce=\"x\", "
		 "algorithm=SHA-256, opaque=\"x\"\n"},
		{"Authentication-Info: nextnonce=\"ab\", rspauth=\"cd\", qop=auth\n",
		 "Authentication-Info: nextnonce=\"xx\", rspauth=\"xx\", qop=auth\n"},
		{"Authorization: Basic dXNlcjpw==\n", "Authorization: Basic xxxxxxxxxx\n"},
		{"Authorization: Digest response=\"12\r\nTo: x\r\n",
		 "Authorization: Digest response=\"xx\r\nTo: x\r\n"},
		{"Authorization: Digest response=\"never closed",
		 "Authorization: Digest response=\"xxxxx xxxxxx"},
		{"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:a2V5|2^20|1:4;INLINE:b3==\r\n",
		 "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:xxxx|2^20|1:4;INLINE:xxxx\r\n"},
		{"a=ice-pwd:secret\r\na=ice-ufrag:u\r\n", "a=ice-pwd:xxxxxx\r\na=ice-ufrag:u\r\n"},
		{"k=clear:key\r\na=key-mgmt:mikey AB\r\n", "k=xxxxxxxxx\r\na=key-mgmt:xxxxx AB\r\n"},
		{"REGISTER sip:h:5060 SIP/2.0\nTo: <sips:a:pass@h:5061>, \"sip:b\" <sip:c@h>\n",
		 "REGISTER sip:h:5060 SIP/2.0\nTo: <sips:a:xxxx@h:5061>, \"sip:b\" <sip:c@h>\n"},
		{"To: <sip:a@h>\nNonce: response=\"12\"\n", "To: <sip:a@h>\nNonce: response=\"12\"\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		const size_t len = strlen(v[i].text);
		char *text =
			mem_alloc(len, NULL); /* no NUL behind it: a sanitizer sees a look past its end */

		memcpy(text, v[i].text, len);
		trace_text_mask(text, len);
		CU_ASSERT_EQUAL(len, strlen(v[i].masked));
		CU_ASSERT_EQUAL(memcmp(text, v[i].masked, len), 0);
		mem_deref(text);
	}
}

static void test_call_id_again(void)
{
	ring_open();
	link_leg("left", "call-1", "a");
	link_leg("right", "call-1", "b1");
	add("left", "one");
	add("right", "two");
	link_leg("left", "call-2", "a");
	add("left", "three");

	CU_ASSERT_STRING_EQUAL(told("call-1"), "b1:two ");
	CU_ASSERT_STRING_EQUAL(told("CALL-2"), "a:one a:three ");
	ring_close();
}

static void test_names(void)
{
	struct pl one = PL("one"), other = PL("other");
	struct trace_names *tn = NULL;

	CU_ASSERT_EQUAL_FATAL(trace_names_alloc(&tn), 0);
	trace_names_add(tn, TRACE_DIALOG, &one, 5);
	trace_names_add(tn, TRACE_DIALOG, &one, 2);
	trace_names_add(tn, TRACE_DIALOG, &other, 0);
	CU_ASSERT_EQUAL(trace_names_slots(tn, TRACE_DIALOG, &one), 7);
	CU_ASSERT_EQUAL(trace_names_slots(tn, TRACE_OF_CALL, &one), 0);
	CU_ASSERT_EQUAL(trace_names_slots(tn, TRACE_DIALOG, &other), 0);

	trace_names_drop(tn, 3);
	CU_ASSERT_EQUAL(trace_names_slots(tn, TRACE_DIALOG, &one), 4);
	trace_names_drop(tn, 4);
	CU_ASSERT_EQUAL(trace_names_slots(tn, TRACE_DIALOG, &one), 0);
	mem_deref(tn);
}

/* A packet as a capture of another agent would show it, chunk by chunk. */
static void test_hep_packet(void)
{
	static const uint8_t want[] = {
		'H', 'E', 'P', '3', 0, 144,     /* length */
		0,   0,   0,   1,   0, 7,   10, /* IPv6 */
		0,   0,   0,   5,   0, 22,  0x20, 1,    0xd, 0xb8, 0,   0,   0, 0,  0,    0,    0,
		0,   0,   0,   0,   1, /* from */
		0,   0,   0,   6,   0, 22,  0x20, 1,    0xd, 0xb8, 0,   0,   0, 0,  0,    0,    0,
		0,   0,   0,   0,   2,                                                          /* to */
		0,   0,   0,   7,   0, 8,   0x13, 0xc4, 0,   0,    0,   8,   0, 8,  0x17, 0x70, /* ports */
		0,   0,   0,   2,   0, 7,   6,                                                  /* TCP */
		0,   0,   0,   9,   0, 10,  0,    0,    0,   7,    0,   0,   0, 10, 0,    10,   0,
		0,   0,   9,                   /* time */
		0,   0,   0,   11,  0, 7,   1, /* SIP */
		0,   0,   0,   12,  0, 10,  0,    0,    1,   2,    0,   0,   0, 19, 0,    7,    'n', /* who */
		0,   0,   0,   17,  0, 8,   'i',  'd', /* call */
		0,   0,   0,   15,  0, 12,  's',  'i',  'p', ':',  'a', '@',
	};
	const struct hep_origin origin = {258, "n", "id"};
	struct trace_msg m = {.time_us = 7000009, .tp = SIP_TRANSP_TCP, .len = 6};
	struct mbuf *mb = mbuf_alloc(16);

	CU_ASSERT_EQUAL(sa_set_str(&m.src, "2001:db8::1", 5060), 0);
	CU_ASSERT_EQUAL(sa_set_str(&m.dst, "2001:db8::2", 6000), 0);
	CU_ASSERT_EQUAL(hep_encode(mb, &m, &origin, "sip:a@"), 0);
	CU_ASSERT_EQUAL(mb->end, sizeof(want));
	CU_ASSERT_EQUAL(memcmp(mb->buf, want, MIN(mb->end, sizeof(want))), 0);
	mem_deref(mb);
}

static const struct unit_test testv[] = {
	{"a call's messages are those of all its legs, in order", test_both_legs},
	{"a message of any length comes back as it was, to a limit", test_lengths},
	{"one leg keeps its last messages and takes none from others", test_leg_is_bounded},
	{"a flood of strangers pushes out no call", test_strangers_push_out_no_call},
	{"when the ring is full the oldest goes first", test_oldest_goes_first},
	{"a leg whose messages are gone is known when it speaks again", test_forgotten_leg_comes_back},
	{"the Call-ID is read from the head alone", test_call_ids},
	{"secrets are crossed out in their place, and nothing else is", test_masks},
	{"a Call-ID used again is the later call's", test_call_id_again},
	{"a Call-ID is traced for who wants it, and is no call's id", test_names},
	{"a HEP packet has its chunks as they are written down", test_hep_packet},
	{NULL, NULL},
};

const struct unit_suite trace_suite = {"trace", testv};
