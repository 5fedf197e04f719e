/**
 * @file test_ng.c  The NG framing: cookie, space, dictionary
 */
#include <string.h>
#include <re.h>
#include "ng.h"
#include "unit.h"

static int decode(struct ng_msg *msg, const char *text)
{
	struct pl pl;

	pl_set_str(&pl, text);

	return ng_decode(msg, &pl);
}

static void a_datagram_is_cookie_space_dictionary(void)
{
	static const struct {
		const char *text;
		const char *cookie;
		bool json;
		int err;
	} vectorv[] = {
		{"5323_1 d7:command4:pinge", "5323_1", false, 0},
		{"c {\"command\":\"ping\"}", "c", true, 0},
		{"c de", "c", false, 0},
		{"c le", "c", false, EBADMSG},
		{"c ", "c", false, EBADMSG},
		{"c {", "c", true, EBADMSG},
		{"c  de", "c", false, EBADMSG},
		{"c", "", false, EBADMSG},
		{"", "", false, EBADMSG},
		{" de", "", false, EBADMSG},
		{"a\tb de", "", false, EBADMSG},
		{"\x1b[2J de", "", false, EBADMSG},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		struct ng_msg msg;

		CU_ASSERT_EQUAL(decode(&msg, vectorv[i].text), vectorv[i].err);
		CU_ASSERT_EQUAL(msg.cookie.l, strlen(vectorv[i].cookie));
		CU_ASSERT_EQUAL(msg.json, vectorv[i].json);
		CU_ASSERT_EQUAL(msg.dict != NULL, !vectorv[i].err);
		ng_msg_reset(&msg);
	}
}

static void a_cookie_over_the_limit_is_refused(void)
{
	char buf[NG_COOKIE_MAX + 8];
	struct ng_msg msg;

	memset(buf, 'c', sizeof(buf));
	strcpy(buf + NG_COOKIE_MAX, " de");
	CU_ASSERT_EQUAL(decode(&msg, buf), 0);
	ng_msg_reset(&msg);

	strcpy(buf + NG_COOKIE_MAX, "c de");
	CU_ASSERT_EQUAL(decode(&msg, buf), EBADMSG);
}

static void an_error_reply_is_read_back(void)
{
	struct pl cookie, reason;
	int json;

	pl_set_str(&cookie, "c1");

	for (json = 0; json < 2; json++) {

		struct mbuf *mb = mbuf_alloc(64);
		struct ng_msg msg;
		struct pl pl;

		CU_ASSERT_EQUAL(ng_error(mb, &cookie, json, "Ran out of ports"), 0);
		pl.p = (char *)mb->buf;
		pl.l = mb->end;
		CU_ASSERT_EQUAL_FATAL(ng_decode(&msg, &pl), 0);
		CU_ASSERT_EQUAL(msg.json, json);
		CU_ASSERT_EQUAL(ng_result(&msg, &reason), EREMOTEIO);
		CU_ASSERT_EQUAL(pl_strcmp(&reason, "Ran out of ports"), 0);
		CU_ASSERT_EQUAL(pl_strcmp(&msg.cookie, "c1"), 0);
		ng_msg_reset(&msg);
		mem_deref(mb);
	}
}

static void results_are_told_apart(void)
{
	static const struct {
		const char *text;
		int err;
		const char *reason;
	} vectorv[] = {
		{"c d6:result2:oke", 0, NULL},
		{"c d6:result4:ponge", 0, NULL},
		{"c d6:result10:load limite", EREMOTEIO, "load limit"},
		{"c d7:command6:notifye", EBADMSG, NULL},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		struct pl reason = PL_INIT;
		struct ng_msg msg;

		CU_ASSERT_EQUAL_FATAL(decode(&msg, vectorv[i].text), 0);
		CU_ASSERT_EQUAL(ng_result(&msg, &reason), vectorv[i].err);
		if (vectorv[i].reason)
			CU_ASSERT_EQUAL(pl_strcmp(&reason, vectorv[i].reason), 0);
		ng_msg_reset(&msg);
	}
}

static const struct unit_test testv[] = {
	{"a datagram is cookie, space, dictionary", a_datagram_is_cookie_space_dictionary},
	{"a cookie over the limit is refused", a_cookie_over_the_limit_is_refused},
	{"an error reply is read back", an_error_reply_is_read_back},
	{"ok, pong, other results and non-replies are told apart", results_are_told_apart},
	{NULL, NULL},
};

const struct unit_suite ng_suite = {"ng", testv};
