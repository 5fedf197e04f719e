/**
 * @file test_ice.c  Which connectivity checks are answered, and how; requests are made by libre
 */
#include <string.h>
#include <re.h>
#include "ice.h"
#include "unit.h"

static const struct ice_credentials own = {.ufrag = "8hhYxxxx", .pwd = "asd88fgpdd777uzjYhagZabc"};

/** A request as a peer would make it. */
struct check {
	const char *username; /* NULL: none */
	const char *key;      /* NULL: no MESSAGE-INTEGRITY */
	uint16_t role;        /* STUN_ATTR_CONTROLLED, STUN_ATTR_CONTROLLING, 0 */
	bool use_candidate;
	uint16_t method;
	bool no_fingerprint;
	uint32_t unknown; /* a CHANNEL-NUMBER, which has no place here */
};

static const struct sa *peer(void)
{
	static struct sa sa;

	(void)sa_set_str(&sa, "192.0.2.7", 7000);

	return &sa;
}

static enum ice_verdict handle_at(struct ice *ice, const struct check *c, uint64_t now_us,
				  struct ice_response *r)
{
	const uint8_t tid[STUN_TID_SIZE] = {1, 2, 3};
	const uint32_t priority = 1845494271;
	const uint64_t tie = 42;
	struct mbuf *mb = mbuf_alloc(256);
	enum ice_verdict verdict;

	(void)stun_msg_encode(mb, c->method ? c->method : STUN_METHOD_BINDING, STUN_CLASS_REQUEST, tid, NULL,
			      (const uint8_t *)c->key, str_len(c->key), !c->no_fingerprint, 0, 5,
			      STUN_ATTR_USERNAME, c->username, STUN_ATTR_PRIORITY, &priority,
			      c->role ? c->role : STUN_ATTR_CONTROLLING, c->role ? &tie : NULL,
			      STUN_ATTR_USE_CAND, c->use_candidate ? "" : NULL, STUN_ATTR_CHANNEL_NUMBER,
			      c->unknown ? &c->unknown : NULL);
	verdict = ice_handle(ice, mb->buf, mb->end, peer(), now_us, r);
	mem_deref(mb);

	return verdict;
}

static enum ice_verdict handle(struct ice *ice, const struct check *c, struct ice_response *r)
{
	return handle_at(ice, c, 1000000, r);
}

static uint16_t error_code(const struct ice_response *r)
{
	struct mbuf *copy = mbuf_alloc(sizeof(r->buf));
	struct stun_msg *msg = NULL;
	const struct stun_attr *attr;
	uint16_t code = 0;

	(void)mbuf_write_mem(copy, r->buf, r->len);
	copy->pos = 0;
	CU_ASSERT_EQUAL(stun_msg_decode(&msg, copy, NULL), 0);
	attr = stun_msg_attr(msg, STUN_ATTR_ERR_CODE);
	if (attr)
		code = attr->v.err_code.code;
	mem_deref(msg);
	mem_deref(copy);

	return code;
}

static void each_check_has_its_answer(void)
{
	static const struct {
		const char *name;
		struct check check;
		enum ice_verdict verdict;
		uint16_t code;
	} vectorv[] = {
		{"ours",
		 {"8hhYxxxx:theirs", own.pwd, STUN_ATTR_CONTROLLING, .use_candidate = false},
		 ICE_CHECKED,
		 0},
		{"nominates",
		 {"8hhYxxxx:theirs", own.pwd, STUN_ATTR_CONTROLLING, .use_candidate = true},
		 ICE_NOMINATED,
		 0},
		{"no role", {"8hhYxxxx:theirs", own.pwd, 0, .use_candidate = true}, ICE_NOMINATED, 0},
		{"no fingerprint", {"8hhYxxxx:theirs", own.pwd, 0, .no_fingerprint = true}, ICE_CHECKED, 0},
		{"their name may be empty",
		 {"8hhYxxxx:", own.pwd, 0, .use_candidate = false},
		 ICE_CHECKED,
		 0},
		{"role conflict",
		 {"8hhYxxxx:theirs", own.pwd, STUN_ATTR_CONTROLLED, .use_candidate = true},
		 ICE_REFUSED,
		 487},
		{"no username", {NULL, own.pwd, 0, .use_candidate = true}, ICE_REFUSED, 400},
		{"no integrity", {"8hhYxxxx:theirs", NULL, 0, .use_candidate = true}, ICE_REFUSED, 400},
		{"another's name", {"9hhYxxxx:theirs", own.pwd, 0, .use_candidate = true}, ICE_REFUSED, 401},
		{"our name cut", {"8hhYxxx:theirs", own.pwd, 0, .use_candidate = true}, ICE_REFUSED, 401},
		{"our name alone", {"8hhYxxxx", own.pwd, 0, .use_candidate = true}, ICE_REFUSED, 401},
		{"our name longer",
		 {"8hhYxxxxx:theirs", own.pwd, 0, .use_candidate = true},
		 ICE_REFUSED,
		 401},
		{"another password",
		 {"8hhYxxxx:theirs", "asd88fgpdd777uzjYhagZabd", 0, .use_candidate = true},
		 ICE_REFUSED,
		 401},
		{"unknown attribute", {"8hhYxxxx:theirs", own.pwd, 0, .unknown = 7}, ICE_REFUSED, 420},
		{"Allocate", {"8hhYxxxx:theirs", own.pwd, 0, .method = STUN_METHOD_ALLOCATE}, ICE_DROPPED, 0},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		struct ice ice = {.own = own};
		struct ice_response r;
		const enum ice_verdict verdict = handle(&ice, &vectorv[i].check, &r);

		if (verdict != vectorv[i].verdict)
			(void)fprintf(stderr, "\n    %s: got %d\n", vectorv[i].name, verdict);
		CU_ASSERT_EQUAL(verdict, vectorv[i].verdict);
		CU_ASSERT_EQUAL(r.len == 0, verdict == ICE_DROPPED);
		if (r.len)
			CU_ASSERT_EQUAL(error_code(&r), vectorv[i].code);
		if (verdict == ICE_NOMINATED)
			CU_ASSERT_EQUAL(r.priority, 1845494271);
	}
}

static void without_ice_nothing_is_answered(void)
{
	const struct check check = {.username = ":theirs", .key = own.pwd};
	struct ice ice = {.own = {.ufrag = ""}};
	struct ice_response r;

	CU_ASSERT_EQUAL(handle(&ice, &check, &r), ICE_DROPPED);
	CU_ASSERT_EQUAL(r.len, 0);
}

static void an_indication_is_noted_and_not_answered(void)
{
	static const uint8_t p[] = {0x00, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1,  2,
				    3,    4,    5, 6, 7,    8,    9,    10,   11, 12};
	struct ice ice = {.own = own};
	struct ice_response r;

	CU_ASSERT_EQUAL(ice_handle(&ice, p, sizeof(p), peer(), 0, &r), ICE_NOTED);
	CU_ASSERT_EQUAL(r.len, 0);
}

static void a_flood_is_answered_only_so_often_and_the_peer_goes_on(void)
{
	const struct check stranger = {.username = "guess:me", .key = "guess"};
	const struct check ours = {.username = "8hhYxxxx:theirs", .key = own.pwd};
	struct ice ice = {.own = own};
	struct ice_response r;
	unsigned i, answered = 0;

	for (i = 0; i < 1000; i++)
		answered += handle_at(&ice, &stranger, 5000000 + i, &r) == ICE_REFUSED;
	CU_ASSERT_EQUAL(answered, ICE_STRANGER_RATE);

	answered = 0;
	for (i = 0; i < 1000; i++)
		answered += handle_at(&ice, &ours, 5000000 + i, &r) == ICE_CHECKED;
	CU_ASSERT_EQUAL(answered, ICE_PEER_RATE);

	CU_ASSERT_EQUAL(handle_at(&ice, &stranger, 6000000, &r), ICE_REFUSED);
	CU_ASSERT_EQUAL(handle_at(&ice, &ours, 6000000, &r), ICE_CHECKED);
}

static void credentials_are_long_enough_and_never_the_same(void)
{
	struct ice_credentials a, b;

	CU_ASSERT_EQUAL(ice_credentials_make(&a), 0);
	CU_ASSERT_EQUAL(ice_credentials_make(&b), 0);
	CU_ASSERT_EQUAL(strlen(a.ufrag), 8);
	CU_ASSERT_EQUAL(strlen(a.pwd), 24);
	CU_ASSERT_EQUAL(strspn(a.pwd, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
			24);
	CU_ASSERT(strcmp(a.ufrag, b.ufrag) != 0);
	CU_ASSERT(strcmp(a.pwd, b.pwd) != 0);
}

static const struct unit_test testv[] = {
	{"each check has its answer", each_check_has_its_answer},
	{"without ICE nothing is answered", without_ice_nothing_is_answered},
	{"an indication is noted and not answered", an_indication_is_noted_and_not_answered},
	{"a flood is answered only so often, and the peer goes on",
	 a_flood_is_answered_only_so_often_and_the_peer_goes_on},
	{"credentials are long enough and never the same", credentials_are_long_enough_and_never_the_same},
	{NULL, NULL},
};

const struct unit_suite ice_suite = {"ice", testv};
