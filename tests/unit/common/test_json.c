/**
 * @file test_json.c  What is JSON, what is not and where it stops being it, and what is written
 */
#include <string.h>
#include <re.h>
#include "unit.h"
#include "json.h"
#include "nearest.h"

static int read_text(struct odict **op, const char *text, struct json_fault *fault)
{
	return json_read(op, *text == '[' ? ODICT_ARRAY : ODICT_OBJECT, text, strlen(text), fault);
}

static void round_trip(const char *text, const char *want)
{
	struct json_fault fault = {0, 0, ""};
	struct mbuf *mb = mbuf_alloc(64);
	struct odict *o = NULL;

	CU_ASSERT_EQUAL(read_text(&o, text, &fault), 0);
	CU_ASSERT_EQUAL(json_write(mb, o, *text == '[' ? ODICT_ARRAY : ODICT_OBJECT, 0), 0);
	CU_ASSERT_EQUAL(mb->end, strlen(want));
	CU_ASSERT_EQUAL(memcmp(mb->buf, want, MIN(mb->end, strlen(want))), 0);
	if (mb->end != strlen(want) || memcmp(mb->buf, want, mb->end) != 0)
		(void)re_fprintf(stderr, "  %s\n  got:  %b\n  want: %s\n", text, mb->buf, mb->end, want);

	mem_deref(o);
	mem_deref(mb);
}

static void values(void)
{
	static const struct {
		const char *text, *written;
	} v[] = {
		{"{}", "{}"},
		{" [ ] ", NULL},
		{"[1,-2,0,9223372036854775807,-9223372036854775808]",
		 "[1, -2, 0, 9223372036854775807, -9223372036854775808]"},
		{"[1.5,1e3,-0.25E-1]", "[1.5, 1000, -0.025]"},
		{"[true,false,null]", "[true, false, null]"},
		{"{\"a\":{\"b\":[{}]},\"\":\"\"}", "{\"a\": {\"b\": [{}]}, \"\": \"\"}"},
		{"[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "[\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\"]"},
		{"[\"\\u0041\\u00e9\\u4e2d\\ud83d\\udcde\\u007f\"]",
		 "[\"A\xc3\xa9\xe4\xb8\xad\xf0\x9f\x93\x9e\\u007f\"]"},
		{"[\"\xe4\xb8\xad\"]", "[\"\xe4\xb8\xad\"]"},
		{"{\"a\"\n:\r\t1 , \"b\" : [ 2 , 3 ]\n}\n", "{\"a\": 1, \"b\": [2, 3]}"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(v); i++)
		if (v[i].written)
			round_trip(v[i].text, v[i].written);
}

static void faults(void)
{
	static const struct {
		const char *text;
		unsigned line, column;
		const char *what;
	} v[] = {
		{"", 1, 1, "the text is empty"},
		{"  \n ", 2, 2, "the text is empty"},
		{"7", 1, 1, "an object { } is expected"},
		{"{\"a\": 1", 1, 8, "a comma or } is missing"},
		{"{\"a\": 1,}", 1, 9, "a string in double quotes is expected"},
		{"{\"a\" 1}", 1, 6, "a colon is missing after the key"},
		{"{a: 1}", 1, 2, "a string in double quotes is expected"},
		{"{\n  \"a\": 1\n  \"b\": 2\n}", 3, 3, "a comma or } is missing"},
		{"{\"a\": 1, \"b\": 2, \"a\": 3}", 1, 18, "this key was given before in the same object"},
		{"[1,]", 1, 4, "a value is expected: \"text\", a number, true, false, null, [ or {"},
		{"[1 2]", 1, 4, "a comma or ] is missing"},
		{"[1]]", 1, 4, "something follows after the end"},
		{"[tru]", 1, 2, "a value is expected: \"text\", a number, true, false, null, [ or {"},
		{"[", 1, 2, "the text ends where a value is expected"},
		{"[\"ab", 1, 5, "the text ends inside a string"},
		{"[\"a\\", 1, 5, "the text ends inside a string"},
		{"[\"a\\x\"]", 1, 5, "unknown escape; \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX exist"},
		{"[\"\\u12g4\"]", 1, 7, "\\u wants four hexadecimal digits"},
		{"[\"\\ud83d\"]", 1, 9, "half of a surrogate pair"},
		{"[\"\\udcde\"]", 1, 9, "half of a surrogate pair"},
		{"[\"\\u0000\"]", 1, 9, "\\u0000 is not allowed in text"},
		{"[\"a\nb\"]", 1, 4, "a control character inside a string; write it as \\n, \\t or \\u00XX"},
		{"[\"\xe4\xb8\xad\xff\"]", 1, 4, "not UTF-8"},
		{"[\"\xc0\x80\"]", 1, 3, "not UTF-8"},
		{"[\"\xed\xa0\x80\"]", 1, 3, "not UTF-8"},
		{"[\"\xe4\xb8", 1, 3, "not UTF-8"},
		{"[01]", 1, 2, "a number must not start with 0"},
		{"[-]", 1, 3, "a value is expected"},
		{"[1.]", 1, 4, "digits are missing after the point"},
		{"[1e]", 1, 4, "digits are missing in the exponent"},
		{"[9223372036854775808]", 1, 2, "a number is too large"},
		{"[.5]", 1, 2, "a value is expected: \"text\", a number, true, false, null, [ or {"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(v); i++) {

		struct json_fault fault = {0, 0, ""};
		struct odict *o = NULL;

		CU_ASSERT_NOT_EQUAL(read_text(&o, v[i].text, &fault), 0);
		CU_ASSERT_PTR_NULL(o);
		CU_ASSERT_EQUAL(fault.line, v[i].line);
		CU_ASSERT_EQUAL(fault.column, v[i].column);
		CU_ASSERT_STRING_EQUAL(fault.what, v[i].what);
		if (fault.line != v[i].line || fault.column != v[i].column ||
		    strcmp(fault.what, v[i].what) != 0)
			(void)re_fprintf(stderr, "  %s\n  got: %u:%u %s\n", v[i].text, fault.line,
					 fault.column, fault.what);
	}
}

static void limits(void)
{
	struct json_fault fault;
	struct odict *o = NULL;
	struct mbuf *mb = mbuf_alloc(64);
	unsigned i;

	CU_ASSERT_EQUAL(read_text(&o, "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", &fault), 0);
	o = mem_deref(o);
	CU_ASSERT_EQUAL(read_text(&o, "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", &fault), EOVERFLOW);
	CU_ASSERT_STRING_EQUAL(fault.what, "nested too deep");

	(void)mbuf_write_str(mb, "{");
	for (i = 0; i <= JSON_KEYS_MAX; i++)
		(void)mbuf_printf(mb, "%s\"%u\":0", i ? "," : "", i);
	(void)mbuf_write_str(mb, "}");
	CU_ASSERT_EQUAL(json_read(&o, ODICT_OBJECT, (char *)mb->buf, mb->end, &fault), EOVERFLOW);
	CU_ASSERT_STRING_EQUAL(fault.what, "too many keys in one object");

	mbuf_rewind(mb);
	(void)mbuf_write_str(mb, "[");
	(void)mbuf_fill(mb, '1', 100);
	(void)mbuf_write_str(mb, "]");
	CU_ASSERT_EQUAL(json_read(&o, ODICT_ARRAY, (char *)mb->buf, mb->end, &fault), EOVERFLOW);
	mem_deref(mb);
}

/** A text that ends anywhere is a fault or a whole: never a read past its end (ASan watches). */
static void every_cut(void)
{
	static const char text[] =
		"{\"a\": [1, -2.5e+3, true, null, \"x\\u00e9\\ud83d\\udcde\\n\xe4\xb8\xad\"], \"b\": {}}";
	size_t i;

	for (i = 0; i < sizeof(text) - 1; i++) {

		char *copy = mem_alloc(i + 1, NULL);
		struct json_fault fault;
		struct odict *o = NULL;

		memcpy(copy, text, i);
		CU_ASSERT_NOT_EQUAL(json_read(&o, ODICT_OBJECT, copy, i, &fault), 0);
		CU_ASSERT_EQUAL(fault.line, 1);
		mem_deref(copy);
	}
}

static void foreign_bytes(void)
{
	struct mbuf *mb = mbuf_alloc(64);

	CU_ASSERT_EQUAL(json_write_str(mb, "a\xff\xe4\xb8\x1b[31m", 8), 0);
	CU_ASSERT_EQUAL(mbuf_write_u8(mb, 0), 0);
	CU_ASSERT_STRING_EQUAL((char *)mb->buf, "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\\u001b[31\"");
	mem_deref(mb);
}

static void lines(void)
{
	struct json_fault fault;
	struct odict *o = NULL;
	struct mbuf *mb = mbuf_alloc(64);

	CU_ASSERT_EQUAL(read_text(&o, "{\"a\": [{\"b\": [1, 2]}, {}], \"c\": []}", &fault), 0);
	CU_ASSERT_EQUAL(json_write(mb, o, ODICT_OBJECT, 2), 0);
	CU_ASSERT_EQUAL(mbuf_write_u8(mb, 0), 0);
	CU_ASSERT_STRING_EQUAL((char *)mb->buf,
			       "{\n  \"a\": [\n    {\"b\": [1, 2]},\n    {}\n  ],\n  \"c\": []\n}");
	mem_deref(o);
	mem_deref(mb);
}

static void nearest(void)
{
	static const char *const namev[] = {"status", "stop", "calls", "call", "trunks"};
	static const struct {
		const char *word, *name;
	} v[] = {
		{"statsu", "status"}, {"statis", "status"},
		{"cals", "calls"},    {"trunk", "trunks"},
		{"Calls", "calls"},   {"xyzzy", NULL},
		{"", NULL},           {"averyverylongwordthatnobodywouldevertype", NULL},
	};
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(v); i++) {

		struct nearest n;

		nearest_init(&n, v[i].word);
		for (k = 0; k < ARRAY_SIZE(namev); k++)
			nearest_offer(&n, namev[k]);

		CU_ASSERT_TRUE(v[i].name ? n.name && !strcmp(n.name, v[i].name) : !n.name);
	}
}

static const struct unit_test testv[] = {
	{"every kind of value is read and written", values},
	{"a fault is told with line, column and what is wrong", faults},
	{"depth, keys and lengths are bounded", limits},
	{"a text may end anywhere", every_cut},
	{"bytes that are not text are written as U+FFFD", foreign_bytes},
	{"the first levels are spread over lines", lines},
	{"the nearest name is found when it is near", nearest},
	{NULL, NULL},
};

const struct unit_suite json_suite = {"json", testv};
