/**
 * @file test_header_id.c  No name passes for a header that it is not
 */
#include <re.h>
#include "leg/header_id.h"
#include "sip_text.h"
#include "unit.h"

static bool note(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	unsigned *n = arg;

	(void)hdr;
	(void)msg;
	++*n;

	return false;
}

static unsigned count(const struct sip_msg *msg, enum sip_hdrid id)
{
	unsigned n = 0;

	(void)sip_msg_hdr_apply(msg, true, id, note, &n);

	return n;
}

/* Each name has the twelve bits of the header beside it: libre by itself takes the one for the other. */
static void test_clashes(void)
{
	static const struct {
		enum sip_hdrid id;
		const char *name;
		unsigned genuine;
	} v[] = {
		{SIP_HDR_TO, "Clash-2398", 1},
		{SIP_HDR_CONTACT, "Clash-3391", 0},
		{SIP_HDR_RECORD_ROUTE, "Clash-2004", 0},
		{SIP_HDR_REQUIRE, "Clash-7798", 0},
		{SIP_HDR_VIA, "Clash-2834", 1},
		{SIP_HDR_CSEQ, "Clash-5243", 1},
		{SIP_HDR_CONTENT_LENGTH, "Clash-5841", 0},
	};

	CU_ASSERT_TRUE(header_id_guards_libre());

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct sip_msg *msg = sip_text("OPTIONS sip:1@h SIP/2.0\n" SIP_TEXT_HEADERS(
						       "1 OPTIONS") "%s: <sip:1@evil>;tag=evil\n\n",
					       v[i].name);

		CU_ASSERT_PTR_NOT_NULL_FATAL(msg);
		CU_ASSERT_EQUAL(count(msg, v[i].id), v[i].genuine);
		CU_ASSERT_EQUAL(pl_strcmp(&msg->to.tag, "evil") != 0, true);
		CU_ASSERT_PTR_NOT_NULL(sip_msg_xhdr(msg, v[i].name));
		mem_deref(msg);
	}
}

static void test_genuine(void)
{
	struct sip_msg *msg = sip_text("OPTIONS sip:1@h SIP/2.0\n" SIP_TEXT_HEADERS(
		"1 OPTIONS") "REQUIRE: a\nrequire: b\nm: <sip:1@h>\nrecord-Route: <sip:h>\n\n");

	CU_ASSERT_PTR_NOT_NULL_FATAL(msg);
	CU_ASSERT_EQUAL(count(msg, SIP_HDR_REQUIRE), 2);
	CU_ASSERT_EQUAL(count(msg, SIP_HDR_CONTACT), 1);
	CU_ASSERT_EQUAL(count(msg, SIP_HDR_RECORD_ROUTE), 1);
	mem_deref(msg);
}

static const struct unit_test testv[] = {
	{"a name with a header's hash is not that header", test_clashes},
	{"a header is known in any case and in its short form", test_genuine},
	{NULL, NULL},
};

const struct unit_suite header_id_suite = {"header id", testv};
