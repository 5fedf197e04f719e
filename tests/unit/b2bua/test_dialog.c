/**
 * @file test_dialog.c  Dialog data from the messages that make and change it (RFC 3261 section 12)
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "leg/dialog.h"
#include "sip_text.h"
#include "unit.h"

static void accept_text(struct dialog *dlg, int expected, const char *more)
{
	struct sip_msg *msg =
		sip_text("INVITE sip:8613800@192.0.2.9 SIP/2.0\n" SIP_TEXT_HEADERS("7 INVITE") "%s\n", more);

	memset(dlg, 0, sizeof(*dlg));
	CU_ASSERT_PTR_NOT_NULL_FATAL(msg);
	CU_ASSERT_EQUAL(dialog_accept(dlg, msg), expected);
	mem_deref(msg);
}

static void start(struct dialog *dlg)
{
	const struct pl from = PL("<sip:1001@192.0.2.9>"), to = PL("<sip:8613800@192.0.2.20>");

	memset(dlg, 0, sizeof(*dlg));
	CU_ASSERT_EQUAL_FATAL(dialog_start(dlg, &from, &to, "sip:8613800@192.0.2.20:5080", NULL), 0);
}

static void confirm_text(struct dialog *dlg, int expected, const char *more)
{
	struct sip_msg *msg = sip_text("SIP/2.0 200 OK\n"
				       "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\n"
				       "From: %s\nTo: <sip:8613800@192.0.2.20>;tag=callee\n"
				       "Call-ID: %s\nCSeq: %u INVITE\n%s\n",
				       dlg->local, dlg->callid, dlg->lseq + 1, more);

	CU_ASSERT_PTR_NOT_NULL_FATAL(msg);
	CU_ASSERT_EQUAL(dialog_confirm(dlg, msg), expected);
	CU_ASSERT_TRUE(dialog_match(dlg, msg));
	mem_deref(msg);
}

static void assert_print(const struct dialog *dlg, const char *routes)
{
	struct mbuf *mb = mbuf_alloc(512);
	char *expected = NULL;

	CU_ASSERT_EQUAL(dialog_print(mb, dlg, 5, "BYE"), 0);
	(void)re_sdprintf(&expected, "%sTo: %s\r\nFrom: %s\r\nCall-ID: %s\r\nCSeq: 5 BYE\r\n", routes,
			  dlg->remote, dlg->local, dlg->callid);
	CU_ASSERT_STRING_EQUAL(sip_text_of(mb), expected);
	mem_deref(expected);
	mem_deref(mb);
}

static void test_accept(void)
{
	struct dialog dlg;

	accept_text(&dlg, 0, "Contact: \"A, B\" <sip:1001@192.0.2.1:5070;transport=tcp>;expires=5\n");

	CU_ASSERT_STRING_EQUAL(dlg.callid, "c1@192.0.2.1");
	CU_ASSERT_STRING_EQUAL(dlg.rtag, "caller");
	CU_ASSERT_STRING_EQUAL(dlg.remote, "<sip:1001@192.0.2.1>;tag=caller");
	CU_ASSERT_EQUAL(strlen(dlg.ltag), 16);
	CU_ASSERT_EQUAL(strncmp(dlg.local, "<sip:8613800@192.0.2.9>;tag=", 28), 0);
	CU_ASSERT_STRING_EQUAL(dlg.local + 28, dlg.ltag);
	CU_ASSERT_STRING_EQUAL(dialog_ruri(&dlg), "sip:1001@192.0.2.1:5070;transport=tcp");
	CU_ASSERT_STRING_EQUAL(dialog_next_hop(&dlg), "sip:1001@192.0.2.1:5070;transport=tcp");
	assert_print(&dlg, "");
	dialog_reset(&dlg);
}

static void test_accept_contact(void)
{
	static const char *const v[] = {
		"", "Contact: *\n", "Contact: <tel:+86138>\n", "Contact: <mailto:a@b>\n", "Contact: <>\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct dialog dlg;

		accept_text(&dlg, EBADMSG, v[i]);
		dialog_reset(&dlg);
	}
}

/* 12.1.1: a UAS keeps the order of Record-Route, over several headers and commas. */
static void test_accept_routes(void)
{
	struct dialog dlg;

	accept_text(&dlg, 0,
		    "Record-Route: <sip:p1;lr>, <sip:p2;lr>\nContact: <sip:a@192.0.2.1>\nRecord-Route: "
		    "<sip:p3;lr>\n");
	CU_ASSERT_STRING_EQUAL(dialog_ruri(&dlg), "sip:a@192.0.2.1");
	CU_ASSERT_STRING_EQUAL(dialog_next_hop(&dlg), "sip:p1;lr");
	assert_print(&dlg, "Route: <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\nRoute: <sip:p3;lr>\r\n");
	dialog_reset(&dlg);
}

/* 12.1.2: a UAC reverses it. */
static void test_confirm_routes(void)
{
	struct dialog dlg;

	start(&dlg);
	confirm_text(&dlg, 0,
		     "Record-Route: <sip:p1;lr>, <sip:p2;lr>\nRecord-Route: <sip:p3;lr>\nContact: "
		     "<sip:b@192.0.2.30>\n");
	CU_ASSERT_STRING_EQUAL(dlg.rtag, "callee");
	CU_ASSERT_STRING_EQUAL(dlg.remote, "<sip:8613800@192.0.2.20>;tag=callee");
	CU_ASSERT_STRING_EQUAL(dialog_ruri(&dlg), "sip:b@192.0.2.30");
	CU_ASSERT_STRING_EQUAL(dialog_next_hop(&dlg), "sip:p3;lr");
	assert_print(&dlg, "Route: <sip:p3;lr>\r\nRoute: <sip:p2;lr>\r\nRoute: <sip:p1;lr>\r\n");
	dialog_reset(&dlg);
}

/* 12.2.1.1: a first route without lr is the request URI, and the target goes to the end of the routes. */
static void test_strict(void)
{
	struct dialog dlg;

	accept_text(&dlg, 0,
		    "Record-Route: <sip:old.example>\nRecord-Route: <sip:p2;lr>\nContact: "
		    "<sip:a@192.0.2.1>\n");
	CU_ASSERT_STRING_EQUAL(dialog_ruri(&dlg), "sip:old.example");
	CU_ASSERT_STRING_EQUAL(dialog_next_hop(&dlg), "sip:old.example");
	assert_print(&dlg, "Route: <sip:p2;lr>\r\nRoute: <sip:a@192.0.2.1>\r\n");
	dialog_reset(&dlg);
}

static void test_routes_malformed(void)
{
	struct dialog dlg;

	accept_text(&dlg, EBADMSG, "Record-Route: <\nContact: <sip:a@192.0.2.1>\n");
	dialog_reset(&dlg);
}

/* Of forked answers the last one heard is the dialog; nothing of an earlier branch stays. */
static void test_confirm_again(void)
{
	struct dialog dlg;

	start(&dlg);
	confirm_text(&dlg, 0, "Record-Route: <sip:old>\nContact: <sip:b1@192.0.2.31>\n");
	CU_ASSERT_STRING_EQUAL(dialog_ruri(&dlg), "sip:old");
	confirm_text(&dlg, 0, "Contact: <sip:b2@192.0.2.32>\n");
	CU_ASSERT_STRING_EQUAL(dialog_ruri(&dlg), "sip:b2@192.0.2.32");
	CU_ASSERT_STRING_EQUAL(dialog_next_hop(&dlg), "sip:b2@192.0.2.32");
	assert_print(&dlg, "");
	dialog_reset(&dlg);
}

static void test_confirm_contact(void)
{
	struct dialog dlg;

	start(&dlg);
	confirm_text(&dlg, 0, "");
	CU_ASSERT_STRING_EQUAL(dialog_ruri(&dlg), "sip:8613800@192.0.2.20:5080");
	confirm_text(&dlg, EBADMSG, "Contact: <mailto:b@h>\n");
	CU_ASSERT_STRING_EQUAL(dialog_ruri(&dlg), "sip:8613800@192.0.2.20:5080");
	dialog_reset(&dlg);
}

/* Without a To tag there is no dialog: 100 Trying teaches nothing. */
static void test_confirm_trying(void)
{
	struct sip_msg *msg = sip_text("SIP/2.0 100 Trying\nTo: <sip:a@b>\nContact: <sip:x@y>\n\n");
	struct dialog dlg;

	start(&dlg);
	CU_ASSERT_EQUAL(dialog_confirm(&dlg, msg), 0);
	CU_ASSERT_PTR_NULL(dlg.rtag);
	CU_ASSERT_STRING_EQUAL(dialog_ruri(&dlg), "sip:8613800@192.0.2.20:5080");
	mem_deref(msg);
	dialog_reset(&dlg);
}

static void test_next_hop(void)
{
	const struct pl from = PL("<sip:a@h>"), to = PL("<sip:b@i>");
	struct dialog dlg = {0};

	CU_ASSERT_EQUAL(dialog_start(&dlg, &from, &to, "sip:b@i", "sip:proxy:5062"), 0);
	CU_ASSERT_STRING_EQUAL(dialog_next_hop(&dlg), "sip:proxy:5062");
	CU_ASSERT_STRING_EQUAL(dialog_ruri(&dlg), "sip:b@i");
	dialog_reset(&dlg);
}

static void test_refresh(void)
{
	struct sip_msg *with = sip_text(
		"INVITE sip:x SIP/2.0\nContact: <sip:a@192.0.2.77:9>\nRecord-Route: <sip:new;lr>\n\n");
	struct sip_msg *without = sip_text("INVITE sip:x SIP/2.0\nSubject: none\n\n");
	struct sip_msg *bad = sip_text("INVITE sip:x SIP/2.0\nContact: <junk>\n\n");
	struct dialog dlg;

	accept_text(&dlg, 0, "Record-Route: <sip:p1;lr>\nContact: <sip:a@192.0.2.1>\n");

	CU_ASSERT_EQUAL(dialog_refresh(&dlg, without), 0);
	CU_ASSERT_STRING_EQUAL(dialog_ruri(&dlg), "sip:a@192.0.2.1");
	CU_ASSERT_EQUAL(dialog_refresh(&dlg, bad), EBADMSG);
	CU_ASSERT_STRING_EQUAL(dialog_ruri(&dlg), "sip:a@192.0.2.1");
	CU_ASSERT_EQUAL(dialog_refresh(&dlg, with), 0);
	CU_ASSERT_STRING_EQUAL(dialog_ruri(&dlg), "sip:a@192.0.2.77:9");
	CU_ASSERT_STRING_EQUAL(dialog_next_hop(&dlg), "sip:p1;lr");

	mem_deref(with);
	mem_deref(without);
	mem_deref(bad);
	dialog_reset(&dlg);
}

static bool take(struct dialog *dlg, unsigned cseq)
{
	struct sip_msg *msg = sip_text("INFO sip:x SIP/2.0\nCSeq: %u INFO\n\n", cseq);
	bool taken = dialog_rseq_take(dlg, msg);

	mem_deref(msg);

	return taken;
}

static void test_cseq(void)
{
	struct dialog dlg;

	accept_text(&dlg, 0, "Contact: <sip:a@192.0.2.1>\n"); /* CSeq 7 */
	CU_ASSERT_FALSE(take(&dlg, 7));
	CU_ASSERT_FALSE(take(&dlg, 6));
	CU_ASSERT_TRUE(take(&dlg, 8));
	CU_ASSERT_TRUE(take(&dlg, 100));
	CU_ASSERT_FALSE(take(&dlg, 99));
	dialog_reset(&dlg);

	/* the first request of the called side may have any number */
	start(&dlg);
	CU_ASSERT_TRUE(take(&dlg, 0));
	CU_ASSERT_FALSE(take(&dlg, 0));
	CU_ASSERT_TRUE(take(&dlg, 1));
	dialog_reset(&dlg);
}

static void test_match(void)
{
	static const struct {
		const char *from, *to, *callid;
		bool match;
	} v[] = {
		{"caller", "ours", "c1@192.0.2.1", true},   {"CALLER", "ours", "c1@192.0.2.1", false},
		{"caller", "other", "c1@192.0.2.1", false}, {"caller", "ours", "c2", false},
		{"callerx", "ours", "c1@192.0.2.1", false},
	};
	struct dialog dlg;

	accept_text(&dlg, 0, "Contact: <sip:a@192.0.2.1>\n");

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct sip_msg *msg =
			sip_text("BYE sip:x SIP/2.0\nFrom: <sip:a@h>;tag=%s\nTo: <sip:b@h>;tag=%s\nCall-ID: "
				 "%s\n\n",
				 v[i].from, strcmp(v[i].to, "ours") ? v[i].to : dlg.ltag, v[i].callid);

		CU_ASSERT_EQUAL(dialog_match(&dlg, msg), v[i].match);
		mem_deref(msg);
	}

	dialog_reset(&dlg);
}

static const struct unit_test testv[] = {
	{"an INVITE makes the dialog of a UAS", test_accept},
	{"an INVITE without a usable Contact makes none", test_accept_contact},
	{"a UAS keeps the order of Record-Route", test_accept_routes},
	{"a UAC reverses Record-Route", test_confirm_routes},
	{"a strict first route is the request URI", test_strict},
	{"a malformed Record-Route is an error", test_routes_malformed},
	{"a later answer replaces tag, target and routes", test_confirm_again},
	{"without a usable Contact the target stays", test_confirm_contact},
	{"a response without To tag teaches nothing", test_confirm_trying},
	{"an outbound proxy is the next hop of the first request", test_next_hop},
	{"a target refresh changes the target and no route", test_refresh},
	{"a CSeq number out of order is refused", test_cseq},
	{"a message belongs to a dialog by Call-ID and both tags", test_match},
	{NULL, NULL},
};

const struct unit_suite dialog_suite = {"dialog", testv};
