/**
 * @file test_redirect.c  Which Contacts of a 3xx are dialled, and in which order
 */
#include <re.h>
#include "call/redirect.h"
#include "sip_text.h"
#include "unit.h"

#define HOME "sip:100@192.0.2.1:5080"
#define MOVED "SIP/2.0 302 Moved\n" SIP_TEXT_HEADERS("1 INVITE") "%s\nContent-Length: 0\n\n"

static void learn(struct redirect *r, const char *contacts)
{
	struct sip_msg *msg = sip_text(MOVED, contacts);
	const struct pl user = PL("100");

	CU_ASSERT_PTR_NOT_NULL_FATAL(msg);
	redirect_learn(r, msg, HOME, &user);
	mem_deref(msg);
}

/* The targets in the order they are tried, a space between them. */
static const char *order(struct redirect *r)
{
	static char text[1024];
	int n = 0;

	text[0] = '\0';
	while (redirect_next(r))
		n += re_snprintf(text + n, sizeof(text) - (size_t)n, "%s%s", n ? " " : "", r->uri);

	return text;
}

static void test_targets(void)
{
	static const struct {
		const char *contacts, *want;
	} v[] = {
		{"Contact: <sip:a@h1>;q=0.2, <sip:b@h2:5070>, <sip:c@h3>;q=0.25",
		 "sip:b@h2:5070 sip:c@h3 sip:a@h1"},
		{"Contact: <sip:a@h1>;q=0.5\nContact: <sip:b@h2>;q=0.5", "sip:a@h1 sip:b@h2"},
		{"m: sip:a@h1;q=0.001, \"B\" <sip:b@h2>;q=0.002", "sip:b@h2 sip:a@h1"},
		{"Contact: <sip:h1;transport=TCP>", "sip:100@h1;transport=tcp"},
		{"Contact: <sip:a@[2001:db8::1]:5070;transport=udp>",
		 "sip:a@[2001:db8::1]:5070;transport=udp"},
		{"Contact: <sip:a:pw@h1;method=BYE;maddr=10.0.0.1;lr?Route=%3Csip:x%3E>;expires=9",
		 "sip:a@h1"},
		{"Contact: <sip:a@h1;transport=sctp>, <tel:+86100>, <sips:a@h2>, *", ""},
		{"Contact: <sip:a@h1>, <sip:A@H1>, <sip:a@h1>;q=0.1", "sip:a@h1"},
		{"Contact: <" HOME ">", ""},
		{"Contact: <sip:192.0.2.1:5080>", ""},
		{"Contact: <sip:a@h1>;q=", "sip:a@h1"},
		{"Contact: <sip:a@h1>;q=0.9999999999, <sip:b@h2>;q=7", "sip:b@h2 sip:a@h1"},
		{"X: y", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct redirect r = {.targetc = 0};

		learn(&r, v[i].contacts);
		CU_ASSERT_STRING_EQUAL(order(&r), v[i].want);
		CU_ASSERT_FALSE(redirect_pending(&r));
		redirect_reset(&r);
	}
}

static void test_bound(void)
{
	struct redirect r = {.targetc = 0};

	learn(&r, "Contact: <sip:1@h>, <sip:2@h>, <sip:3@h>");
	CU_ASSERT_TRUE(redirect_next(&r));
	learn(&r, "Contact: <sip:4@h>, <sip:1@h>, <sip:5@h>, <sip:6@h>, <sip:7@h>");
	CU_ASSERT_STRING_EQUAL(order(&r), "sip:2@h sip:3@h sip:4@h sip:5@h");
	learn(&r, "Contact: <sip:8@h>");
	CU_ASSERT_FALSE(redirect_next(&r));
	redirect_reset(&r);
}

static void test_drop(void)
{
	struct redirect r = {.targetc = 0};

	learn(&r, "Contact: <sip:1@h>, <sip:2@h>");
	CU_ASSERT_TRUE(redirect_next(&r));
	redirect_drop(&r);
	CU_ASSERT_PTR_NULL(r.uri);
	CU_ASSERT_FALSE(redirect_pending(&r));
	learn(&r, "Contact: <sip:2@h>, <sip:3@h>");
	CU_ASSERT_STRING_EQUAL(order(&r), "sip:3@h");
	redirect_reset(&r);
}

static void test_home(void)
{
	static const struct {
		const char *uri, *target;
		bool home;
	} v[] = {
		{"sip:1@192.0.2.1:5080", "sip:192.0.2.1:5080", true},
		{"sip:1@192.0.2.1", "sip:192.0.2.1:5060;transport=tcp", true},
		{"sip:1@GW.example.net", "sip:gw.example.net", true},
		{"sip:1@192.0.2.1:5081", "sip:192.0.2.1:5080", false},
		{"sip:1@192.0.2.11:5080", "sip:192.0.2.1:5080", false},
		{"sip:192.0.2.1@evil", "sip:192.0.2.1", false},
		{"sip:1@192.0.2.1;transport=tls", "sips:192.0.2.1", true},
		{"sip:1@192.0.2.1", "sip:192.0.2.1;transport=tls", false},
		{"sip:1@[2001:db8::1]", "sip:[2001:db8::1]:5060", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		CU_ASSERT_EQUAL(redirect_is_home(v[i].uri, v[i].target), v[i].home);
}

static void test_print(void)
{
	struct sip_msg *msg =
		sip_text(MOVED, "Contact: \"A\" <sip:a@h1>;q=0.5, <sip:b@h2>\nContact: <sip:c@h 3>");
	struct mbuf *mb = mbuf_alloc(64);

	CU_ASSERT_PTR_NOT_NULL_FATAL(msg);
	CU_ASSERT_EQUAL(redirect_print(mb, msg), 0);
	CU_ASSERT_STRING_EQUAL(sip_text_of(mb), "Contact: \"A\" <sip:a@h1>;q=0.5\r\nContact: <sip:b@h2>\r\n");
	mem_deref(mb);
	mem_deref(msg);
}

const struct unit_suite redirect_suite = {
	"redirect",
	(const struct unit_test[]){
		{"of a Contact stays where it leads; the highest q comes first", test_targets},
		{"a call is led to five targets at most, to none twice", test_bound},
		{"what a trunk named is not for the next", test_drop},
		{"home is the trunk's host and port", test_home},
		{"the caller gets the Contacts as they stand", test_print},
		{NULL, NULL},
	},
};
