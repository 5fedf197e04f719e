/**
 * @file test_comma.c  Commas of lists, of URIs and of names
 */
#include <string.h>
#include <re.h>
#include "door/comma.h"
#include "unit.h"

enum { VALUES_MAX = 4 };

static const struct {
	const char *val;
	const char *valuev[VALUES_MAX];
} casev[] = {
	{"<sip:a@b>", {"<sip:a@b>"}},
	{"<sip:a@b>,<sip:c@d>", {"<sip:a@b>", "<sip:c@d>"}},
	{" <sip:a@b> ,\r\n\t<sip:c@d>;q=1 ", {"<sip:a@b>", "<sip:c@d>;q=1"}},
	{"<sip:1,2@b>", {"<sip:1,2@b>"}},
	{"<sip:1,2@b>,<sip:3,4,@d>;x=y, <sip:5@f>", {"<sip:1,2@b>", "<sip:3,4,@d>;x=y", "<sip:5@f>"}},
	{"\"Doe, John\" <sip:a@b>, \"Roe, Jane\" <sip:c,d@e>",
	 {"\"Doe, John\" <sip:a@b>", "\"Roe, Jane\" <sip:c,d@e>"}},
	{"\"a\\\", <b\" <sip:a@b>, <sip:c@d>", {"\"a\\\", <b\" <sip:a@b>", "<sip:c@d>"}},
	{"<sip:a@b>;p=\"x,y\",<sip:c@d>", {"<sip:a@b>;p=\"x,y\"", "<sip:c@d>"}},
	{"sip:a@b,sip:c@d", {"sip:a@b", "sip:c@d"}},
	{"<sip:a\"b,c@d>,*", {"<sip:a\"b,c@d>", "*"}},
	{"a,,b", {"a", "", "b"}},
	{",", {"", ""}},
	{"", {""}},
	/* what is not closed is nobody's list */
	{"<sip:a@b, <sip:c@d>", {NULL}},
	{"<sip:a@b,c", {NULL}},
	{"\"a, <sip:a@b>", {NULL}},
	{"\"a\\\", <sip:a@b>", {NULL}},
};

static void test_values(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(casev); i++) {
		struct pl val, rest, item;
		size_t n = 0;

		pl_set_str(&val, casev[i].val);
		while (n < VALUES_MAX && casev[i].valuev[n])
			++n;
		CU_ASSERT_EQUAL(comma_count(&val), n);

		rest = val;
		for (size_t k = 0; k < n; k++) {
			CU_ASSERT(comma_next(&item, &rest));
			CU_ASSERT_FALSE(pl_strcmp(&item, casev[i].valuev[k]));
		}
		CU_ASSERT(!n || !comma_next(&item, &rest));
	}
}

#define START \
	"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP c;branch=z9hG4bK1, SIP/2.0/UDP d;branch=z9hG4bK2\r\n"

static struct sip_msg *decoded(const char *headers)
{
	struct mbuf *mb = mbuf_alloc(256);
	struct sip_msg *msg = NULL;

	(void)mbuf_printf(mb, "%s%s\r\n", START, headers);
	mb->pos = 0;
	CU_ASSERT_EQUAL_FATAL(sip_msg_decode(&msg, mb), 0);
	mem_deref(mb);

	return msg;
}

struct seen {
	char text[256];
	unsigned n;
};

static bool see(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	struct seen *seen = arg;
	const size_t used = strlen(seen->text);

	(void)msg;
	++seen->n;
	(void)re_snprintf(seen->text + used, sizeof(seen->text) - used, "[%r]", &hdr->val);

	return false;
}

static void test_messages(void)
{
	static const struct {
		const char *headers;
		enum sip_hdrid id;
		const char *values;
	} v[] = {
		{"Contact: <sip:1,2@b>\r\n", SIP_HDR_CONTACT, "[<sip:1,2@b>]"},
		{"m: \"Doe, J\" <sip:1,2@b>;q=1, <sip:3@d>\r\n", SIP_HDR_CONTACT,
		 "[\"Doe, J\" <sip:1,2@b>;q=1][<sip:3@d>]"},
		{"Contact: <sip:0@z>\r\nContact: <sip:1,2@b>\r\nContact: <sip:3@d>, <sip:4@e>\r\n",
		 SIP_HDR_CONTACT, "[<sip:0@z>][<sip:1,2@b>][<sip:3@d>][<sip:4@e>]"},
		{"Record-Route: <sip:p,q@b;lr>,<sip:r@d;lr>\r\nRecord-Route: <sip:s@f;lr>\r\n",
		 SIP_HDR_RECORD_ROUTE, "[<sip:p,q@b;lr>][<sip:r@d;lr>][<sip:s@f;lr>]"},
		{"Route: <sip:p@b;lr>\r\nRoute: <sip:p,q@b;lr>, <sip:r,s@d;lr>\r\nRoute: <sip:t@f;lr>\r\n",
		 SIP_HDR_ROUTE, "[<sip:p@b;lr>][<sip:p,q@b;lr>][<sip:r,s@d;lr>][<sip:t@f;lr>]"},
		{"Route: <sip:1,2@b>, <sip:3,4@b>, <sip:5,6@b>\r\n", SIP_HDR_ROUTE,
		 "[<sip:1,2@b>][<sip:3,4@b>][<sip:5,6@b>]"},
		{"P-Asserted-Identity: \"a\\\", b\" <sip:1@b>, <tel:+1>\r\n", SIP_HDR_P_ASSERTED_IDENTITY,
		 "[\"a\\\", b\" <sip:1@b>][<tel:+1>]"},
		{"Contact: <sip:a@b, <sip:c@d>\r\n", SIP_HDR_CONTACT, "[<sip:a@b][<sip:c@d>]"},
		{"Contact: \"a\\\"b\" <sip:a,c@b>, <sip:c@d>\r\n", SIP_HDR_CONTACT,
		 "[\"a\\\"b\" <sip:a,c@b>, <sip:c@d>]"},
		{"Supported: 100rel, timer\r\n", SIP_HDR_SUPPORTED, "[100rel][timer]"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct sip_msg *msg = decoded(v[i].headers);
		struct seen seen = {.n = 0};
		unsigned vias = 0;

		(void)sip_msg_hdr_apply(msg, true, v[i].id, see, &seen);
		CU_ASSERT_STRING_EQUAL(seen.text, v[i].values);
		vias = sip_msg_hdr_count(msg, SIP_HDR_VIA);
		CU_ASSERT_EQUAL(vias, 2);
		mem_deref(msg);
	}
}

/* The lists of a message hold what is looked for, and no more. */
static void test_lists(void)
{
	struct sip_msg *msg =
		decoded("Route: <sip:p,q@b;lr>, <sip:r,s@d;lr>\r\nContact: <sip:1,2@b>\r\nSubject: x\r\n");

	CU_ASSERT_EQUAL(list_count(&msg->hdrl), 2 + 2 + 1 + 1);
	mem_deref(msg);
}

static const struct unit_test testv[] = {
	{"a comma divides values outside of quotes and brackets alone", test_values},
	{"a message's lists have the values that stand in it", test_messages},
	{"what was divided wrongly leaves nothing behind", test_lists},
	{NULL, NULL},
};

const struct unit_suite comma_suite = {"comma", testv};
