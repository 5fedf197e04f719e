/**
 * @file test_binding.c  A STUN Binding request and its response, by the vectors of RFC 5769 and by libre
 */
#include <string.h>
#include <re.h>
#include "binding.h"
#include "unit.h"

#define TRANSACTION 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae
#define PASSWORD "VOkJxbRl1RmTxUk/WvJxBt"

/* RFC 5769 section 2.1 */
static const uint8_t request[] = {
	0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, TRANSACTION, 0x80, 0x22, 0x00, 0x10, 'S',
	'T',  'U',  'N',  ' ',  't',  'e',  's',  't',  ' ',         'c',  'l',  'i',  'e',  'n',
	't',  0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,        0x80, 0x29, 0x00, 0x08, 0x93,
	0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06,        0x00, 0x09, 'e',  'v',  't',
	'j',  ':',  'h',  '6',  'v',  'Y',  ' ',  ' ',  ' ',         0x00, 0x08, 0x00, 0x14, 0x9a,
	0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e,        0xf2, 0xb5, 0xb2, 0xd3, 0xf2,
	0x49, 0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04,        0xe5, 0x7a, 0x3b, 0xcf,
};

enum { AT_PRIORITY = 40, AT_USERNAME = 60, AT_INTEGRITY = 76, AT_FINGERPRINT = 100 };

static void the_request_of_rfc_5769_is_read(void)
{
	struct binding b;

	CU_ASSERT_EQUAL_FATAL(binding_decode(&b, request, sizeof(request)), 0);
	CU_ASSERT_EQUAL(pl_strcmp(&b.username, "evtj:h6vY"), 0);
	CU_ASSERT_EQUAL(b.integrity, AT_INTEGRITY);
	CU_ASSERT(b.fingerprint);
	CU_ASSERT(b.controlled);
	CU_ASSERT(!b.use_candidate);
	CU_ASSERT_EQUAL(b.priority, 0x6e0001ff);
	CU_ASSERT_EQUAL(b.unknownc, 0);
	CU_ASSERT(binding_authentic(&b, PASSWORD));
	CU_ASSERT(!binding_authentic(&b, "VOkJxbRl1RmTxUk/WvJxBu"));
	CU_ASSERT(!binding_authentic(&b, ""));
}

static void any_changed_bit_is_noticed(void)
{
	unsigned bit;

	for (bit = 0; bit < 8 * sizeof(request); bit++) {

		uint8_t copy[sizeof(request)];
		struct binding b;

		memcpy(copy, request, sizeof(copy));
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);

		/* without its type a FINGERPRINT is a stranger behind the integrity, and no one minds */
		if (bit / 16 == AT_FINGERPRINT / 2)
			continue;

		CU_ASSERT(binding_decode(&b, copy, sizeof(copy)) || !binding_authentic(&b, PASSWORD));
	}
}

static void a_request_cut_anywhere_is_none(void)
{
	struct binding b;
	size_t len;

	for (len = 0; len < sizeof(request); len++) {

		uint8_t *copy = mem_alloc(len ? len : 1, NULL);

		memcpy(copy, request, len);
		CU_ASSERT_EQUAL(binding_decode(&b, copy, len), EBADMSG);

		/* the same with a header that says so */
		if (len >= STUN_HEADER_SIZE) {
			copy[3] = (uint8_t)(len - STUN_HEADER_SIZE);
			CU_ASSERT(binding_decode(&b, copy, len) || !b.fingerprint);
		}
		mem_deref(copy);
	}
}

static void what_is_no_binding_request_is_refused(void)
{
	static const struct {
		const char *name;
		size_t at;
		uint8_t byte;
	} vectorv[] = {
		{"an indication", 1, 0x11},
		{"a success response", 0, 0x01},
		{"Allocate", 1, 0x03},
		{"another cookie", 4, 0x22},
		{"longer than told", 3, 0x54},
		{"shorter than told", 3, 0x5c},
		{"an attribute too long", AT_FINGERPRINT + 3, 8},
		{"MESSAGE-INTEGRITY of 16 bytes", AT_INTEGRITY + 3, 16},
		{"PRIORITY of 3 bytes", AT_PRIORITY + 3, 3},
		{"another FINGERPRINT", AT_FINGERPRINT + 4, 0},
	};
	struct binding b;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		uint8_t copy[sizeof(request)];
		int err;

		memcpy(copy, request, sizeof(copy));
		copy[vectorv[i].at] = vectorv[i].byte;
		err = binding_decode(&b, copy, sizeof(copy));
		if (err != EBADMSG)
			(void)fprintf(stderr, "\n    %s: got %d\n", vectorv[i].name, err);
		CU_ASSERT_EQUAL(err, EBADMSG);
	}
}

static void what_wants_no_response_is_told_apart(void)
{
	static const struct {
		uint8_t type[2];
		bool silent;
	} vectorv[] = {{{0, 1}, false},
		       {{0, 0x11}, true},
		       {{1, 1}, true},
		       {{1, 0x11}, true},
		       {{0, 0x13}, false}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		uint8_t copy[sizeof(request)];

		memcpy(copy, request, sizeof(copy));
		memcpy(copy, vectorv[i].type, 2);
		CU_ASSERT_EQUAL(binding_is_silent(copy, sizeof(copy)), vectorv[i].silent);
	}
}

static void what_follows_the_integrity_is_not_believed(void)
{
	uint8_t copy[sizeof(request)];
	struct binding b;

	/* USE-CANDIDATE, its length of 0 and the FINGERPRINT's value as an optional attribute behind it */
	memcpy(copy, request, sizeof(copy));
	memcpy(copy + AT_FINGERPRINT, "\x00\x25\x00\x00\x80\x99\x00\x00", 8);
	CU_ASSERT_EQUAL(binding_decode(&b, copy, sizeof(copy)), 0);
	CU_ASSERT(!b.use_candidate);
	CU_ASSERT(!b.fingerprint);
	CU_ASSERT(binding_authentic(&b, PASSWORD));
}

static void unknown_attributes_are_named(void)
{
	uint8_t copy[sizeof(request)];
	struct binding b;

	memcpy(copy, request, sizeof(copy));
	copy[AT_PRIORITY + 1] = 0x77;
	copy[20] = 0x00; /* SOFTWARE becomes 0x0022 */
	copy[AT_FINGERPRINT + 1] = 0x99;
	CU_ASSERT_EQUAL(binding_decode(&b, copy, sizeof(copy)), 0);
	CU_ASSERT_EQUAL(b.unknownc, 2);
	CU_ASSERT_EQUAL(b.unknownv[0], 0x0022);
	CU_ASSERT_EQUAL(b.unknownv[1], 0x0077);
}

/* Read a response with libre's decoder, which is not ours. */
static struct stun_msg *response_decode(const uint8_t *p, size_t len)
{
	struct mbuf *mb = mbuf_alloc(len);
	struct stun_msg *msg = NULL;

	(void)mbuf_write_mem(mb, p, len);
	mb->pos = 0;
	CU_ASSERT_EQUAL(stun_msg_decode(&msg, mb, NULL), 0);
	mem_deref(mb);

	return msg;
}

static void the_mapped_address_is_that_of_rfc_5769(void)
{
	static const struct {
		const char *src;
		uint8_t attribute[24];
		size_t len;
	} vectorv[] = {
		{"192.0.2.1:32853",
		 {0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43},
		 12},
		{"[2001:db8:1234:5678:11:2233:4455:6677]:32853",
		 {0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa,
		  0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9},
		 24},
	};
	struct binding b;
	size_t i;

	CU_ASSERT_EQUAL(binding_decode(&b, request, sizeof(request)), 0);

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		uint8_t buf[BINDING_RESPONSE_MAX];
		struct binding_response r = {.key = PASSWORD};
		struct stun_msg *msg;
		struct sa src;
		size_t len;

		(void)sa_decode(&src, vectorv[i].src, strlen(vectorv[i].src));
		r.src = &src;
		len = binding_respond(buf, &b, &r);
		CU_ASSERT_EQUAL(len, STUN_HEADER_SIZE + vectorv[i].len + 24 + 8);
		CU_ASSERT_EQUAL(memcmp(buf + STUN_HEADER_SIZE, vectorv[i].attribute, vectorv[i].len), 0);

		msg = response_decode(buf, len);
		CU_ASSERT_EQUAL(stun_msg_class(msg), STUN_CLASS_SUCCESS_RESP);
		CU_ASSERT_EQUAL(memcmp(stun_msg_tid(msg), request + 8, STUN_TID_SIZE), 0);
		CU_ASSERT_EQUAL(stun_msg_chk_mi(msg, (const uint8_t *)PASSWORD, strlen(PASSWORD)), 0);
		CU_ASSERT_EQUAL(stun_msg_chk_fingerprint(msg), 0);
		mem_deref(msg);
	}
}

static void an_error_response_says_which(void)
{
	static const struct {
		uint16_t code;
		bool integrity;
	} vectorv[] = {{400, false}, {401, false}, {420, true}, {487, true}};
	struct binding b;
	size_t i;

	CU_ASSERT_EQUAL(binding_decode(&b, request, sizeof(request)), 0);
	b.unknownv[b.unknownc++] = 0x77;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		const struct binding_response r = {.code = vectorv[i].code,
						   .key = vectorv[i].integrity ? PASSWORD : NULL};
		uint8_t buf[BINDING_RESPONSE_MAX];
		struct stun_msg *msg = response_decode(buf, binding_respond(buf, &b, &r));
		const struct stun_attr *code = stun_msg_attr(msg, STUN_ATTR_ERR_CODE);
		const struct stun_attr *unknown = stun_msg_attr(msg, STUN_ATTR_UNKNOWN_ATTR);

		CU_ASSERT_EQUAL(stun_msg_class(msg), STUN_CLASS_ERROR_RESP);
		CU_ASSERT(code && code->v.err_code.code == vectorv[i].code);
		CU_ASSERT_EQUAL(unknown != NULL, vectorv[i].code == 420);
		CU_ASSERT(!unknown || unknown->v.unknown_attr.typev[0] == 0x77);
		CU_ASSERT_EQUAL(stun_msg_attr(msg, STUN_ATTR_MSG_INTEGRITY) != NULL, vectorv[i].integrity);
		CU_ASSERT_EQUAL(stun_msg_chk_fingerprint(msg), 0);
		mem_deref(msg);
	}
}

static const struct unit_test testv[] = {
	{"the request of RFC 5769 section 2.1 is read", the_request_of_rfc_5769_is_read},
	{"any changed bit is noticed", any_changed_bit_is_noticed},
	{"a request cut anywhere is none", a_request_cut_anywhere_is_none},
	{"what is no Binding request is refused", what_is_no_binding_request_is_refused},
	{"indications and responses want no response", what_wants_no_response_is_told_apart},
	{"what follows MESSAGE-INTEGRITY is not believed (RFC 8489 14.5)",
	 what_follows_the_integrity_is_not_believed},
	{"unknown attributes that must be understood are named", unknown_attributes_are_named},
	{"the mapped address is that of RFC 5769, and libre reads the response",
	 the_mapped_address_is_that_of_rfc_5769},
	{"an error response says which, signed but for 400 and 401", an_error_response_says_which},
	{NULL, NULL},
};

const struct unit_suite binding_suite = {"binding", testv};
