/**
 * @file test_refer.c  What a REFER and a Replaces header say, and what of it is taken
 */
#include <errno.h>
#include <re.h>
#include "leg/refer.h"
#include "sip_text.h"
#include "unit.h"

#define REFER "REFER sip:h SIP/2.0\n" SIP_TEXT_HEADERS("1 REFER") "%s\nContent-Length: 0\n\n"

static void test_refer_to(void)
{
	static const struct {
		const char *lines;
		int err;
		const char *uri, *replaces;
		bool silent;
	} v[] = {
		{"Refer-To: <sip:100@h>", 0, "sip:100@h", NULL, false},
		{"r: sip:100@h", 0, "sip:100@h", NULL, false},
		{"Refer-To: \"X\" <sip:100:pw@h:5070;user=phone;method=INVITE>\nRefer-Sub: false", 0,
		 "sip:100@h", NULL, true},
		{"Refer-To: <tel:+86100>\nRefer-Sub: true", 0, "tel:+86100", NULL, false},
		{"Refer-To: <sips:100@[2001:db8::1]>", 0, "sips:100@[2001:db8::1]", NULL, false},
		{"Refer-To: <sip:1@h?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&X=y>", 0, "sip:1@h",
		 "a@b;to-tag=1;from-tag=2", false},
		{"X: y", EBADMSG, NULL, NULL, false},
		{"Refer-To: <sip:1@h>\nRefer-To: <sip:2@h>", EBADMSG, NULL, NULL, false},
		{"Refer-To: <sip:1@h>, <sip:2@h>", EBADMSG, NULL, NULL, false},
		{"Refer-To: nonsense", EBADMSG, NULL, NULL, false},
		{"Refer-To: <sip:1@h?Replaces=a%0d%0aX>", EBADMSG, NULL, NULL, false},
		{"Refer-To: <sip:1@h?Replaces=a%4>", EBADMSG, NULL, NULL, false},
		{"Refer-To: <sip:1@h?Replaces=a%zz>", EBADMSG, NULL, NULL, false},
		{"Refer-To: <sip:1@h;method=BYE>", ENOTSUP, NULL, NULL, false},
		{"Refer-To: <mailto:a@h>", ENOTSUP, NULL, NULL, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct sip_msg *msg = sip_text(REFER, v[i].lines);
		struct refer r;

		CU_ASSERT_PTR_NOT_NULL_FATAL(msg);
		CU_ASSERT_EQUAL(refer_decode(&r, msg), v[i].err);
		mem_deref(msg);
		if (v[i].err) {
			CU_ASSERT_PTR_NULL(r.replaces);
			continue;
		}
		CU_ASSERT_STRING_EQUAL(r.uri, v[i].uri);
		CU_ASSERT_EQUAL(str_cmp(r.replaces ? r.replaces : "", v[i].replaces ? v[i].replaces : ""), 0);
		CU_ASSERT_EQUAL(r.silent, v[i].silent);
		refer_reset(&r);
	}
}

static void test_replaces(void)
{
	static const struct {
		const char *text, *callid, *to_tag, *from_tag;
		bool early_only;
	} v[] = {
		{"a@b;to-tag=1;from-tag=2", "a@b", "1", "2", false},
		{"a@b ; from-tag = 2 ;to-tag=1", "a@b", "1", "2", false},
		{"a@b;to-tag=1;from-tag=2;early-only", "a@b", "1", "2", true},
		{"a@b;to-tag=1;early-only;from-tag=2", "a@b", "1", "2", true},
		{"a@b;to-tag=1", NULL, NULL, NULL, false},
		{"a@b;from-tag=2", NULL, NULL, NULL, false},
		{"a@b", NULL, NULL, NULL, false},
		{";to-tag=1;from-tag=2", NULL, NULL, NULL, false},
		{" ;to-tag=1;from-tag=2", NULL, NULL, NULL, false},
		{"a b;to-tag=1;from-tag=2", NULL, NULL, NULL, false},
		{"", NULL, NULL, NULL, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct refer_replaces r = {PL_INIT, PL_INIT, PL_INIT, false};
		struct pl pl;
		int err;

		pl_set_str(&pl, v[i].text);
		err = refer_replaces_decode(&r, &pl);
		if (!v[i].to_tag) {
			CU_ASSERT_EQUAL(err, EBADMSG);
			continue;
		}
		CU_ASSERT_EQUAL_FATAL(err, 0);
		CU_ASSERT_EQUAL(pl_strcmp(&r.callid, v[i].callid), 0);
		CU_ASSERT_EQUAL(pl_strcmp(&r.to_tag, v[i].to_tag), 0);
		CU_ASSERT_EQUAL(pl_strcmp(&r.from_tag, v[i].from_tag), 0);
		CU_ASSERT_EQUAL(r.early_only, v[i].early_only);
	}
}

static const struct unit_test testv[] = {
	{"a REFER names one target by user and host, and perhaps a dialog", test_refer_to},
	{"Replaces names a dialog by its Call-ID and both tags", test_replaces},
	{NULL, NULL},
};

const struct unit_suite refer_suite = {"refer", testv};
