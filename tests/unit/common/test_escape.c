/**
 * @file test_escape.c  Text from outside made safe to show
 */
#include <string.h>
#include <re.h>
#include "escape.h"
#include "unit.h"

struct vector {
	const char *text;
	size_t len;
	const char *shown;
};

#define V(text, shown)                        \
	{                                     \
		text, sizeof(text) - 1, shown \
	}

static const struct vector vectorv[] = {
	V("", ""),
	V("plain ~text!", "plain ~text!"),
	V("a\r\nb\tc", "a\\x0d\\x0ab\\x09c"),
	V("\x1b[31mred", "\\x1b[31mred"),
	V("nul\0nul", "nul\\x00nul"),
	V("del\x7f", "del\\x7f"),
	V("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"),
	V("\xe4\xbd\xa0\xf0\x9f\x93\x9e", "\xe4\xbd\xa0\xf0\x9f\x93\x9e"),
	V("\xff\xfe", "\\xff\\xfe"),
	V("cut\xc3", "cut\\xc3"),
	V("cut\xe4\xbd", "cut\\xe4\\xbd"),
	V("\xc0\xaf", "\\xc0\\xaf"),                   /* overlong '/' */
	V("\xe0\x80\xaf", "\\xe0\\x80\\xaf"),          /* overlong */
	V("\xed\xa0\x80", "\\xed\\xa0\\x80"),          /* a surrogate */
	V("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"), /* above U+10FFFF */
	V("\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"),
	V("\xc2\x9b"
	  "31m",
	  "\\xc2\\x9b"
	  "31m"),                             /* C1 control sequence introducer */
	V("\xe2\x80\xae", "\\xe2\\x80\\xae"), /* right-to-left override */
	V("\xe2\x80\xa8", "\\xe2\\x80\\xa8"), /* line separator */
};

static void test_vectors(void)
{
	char buf[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {
		const struct pl pl = {vectorv[i].text, vectorv[i].len};

		CU_ASSERT_EQUAL(escape_text(buf, sizeof(buf), pl.p, pl.l), pl.l);
		CU_ASSERT_STRING_EQUAL(buf, vectorv[i].shown);

		CU_ASSERT(re_snprintf(buf, sizeof(buf), "%H", escape_print, &pl) >= 0);
		CU_ASSERT_STRING_EQUAL(buf, vectorv[i].shown);
	}
}

static void test_full_buffer(void)
{
	char buf[6];

	CU_ASSERT_EQUAL(escape_text(buf, sizeof(buf), "abcd\n", 5), 4);
	CU_ASSERT_STRING_EQUAL(buf, "abcd");
	CU_ASSERT_EQUAL(escape_text(buf, sizeof(buf), "abc\xe4\xbd\xa0", 6), 3);
	CU_ASSERT_STRING_EQUAL(buf, "abc");
	CU_ASSERT_EQUAL(escape_text(buf, 1, "a", 1), 0);
	CU_ASSERT_STRING_EQUAL(buf, "");
	CU_ASSERT_EQUAL(escape_text(NULL, 0, "a", 1), 0);
}

static void test_long_print(void)
{
	char text[1000], shown[4001];
	const struct pl pl = {text, sizeof(text)};

	memset(text, '\n', sizeof(text));
	CU_ASSERT_EQUAL(re_snprintf(shown, sizeof(shown), "%H", escape_print, &pl), 4000);
	CU_ASSERT_EQUAL(strncmp(shown + 3996, "\\x0a", 5), 0);
}

static const struct unit_test testv[] = {
	{"only plain text passes as it is", test_vectors},
	{"a full buffer is cut between two characters", test_full_buffer},
	{"long text is printed whole", test_long_print},
	{NULL, NULL},
};

const struct unit_suite escape_suite = {"escape", testv};
