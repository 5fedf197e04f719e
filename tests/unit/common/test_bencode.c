/**
 * @file test_bencode.c  Bencode and JSON: one reader, one writer, the same values
 */
#include <string.h>
#include <re.h>
#include "bencode.h"
#include "unit.h"

struct vector {
	const char *text;
	int err;
};

static int decode(struct bdoc **docp, const char *text, size_t len)
{
	const struct pl pl = {.p = text, .l = len};

	return len && text[0] == '{' ? bencode_decode_json(docp, &pl) : bencode_decode(docp, &pl);
}

static int decode_err(const char *text, bool json)
{
	struct bdoc *doc = NULL;
	struct pl pl;
	int err;

	pl_set_str(&pl, text);
	err = json ? bencode_decode_json(&doc, &pl) : bencode_decode(&doc, &pl);
	mem_deref(doc);

	return err;
}

static void check_vectors(const struct vector *v, bool json)
{
	for (; v->text; v++) {

		const int err = decode_err(v->text, json);

		if (err != v->err)
			(void)fprintf(stderr, "\n    '%s': got %d, want %d\n", v->text, err, v->err);
		CU_ASSERT_EQUAL(err, v->err);
	}
}

static void bencode_vectors(void)
{
	static const struct vector vectorv[] = {
		{"de", 0},
		{"le", 0},
		{"0:", 0},
		{"i0e", 0},
		{"i-9223372036854775808e", 0},
		{"i9223372036854775807e", 0},
		{"d1:al1:bi2edee3:keyd0:0:ee", 0},
		{"i9223372036854775808e", EBADMSG},
		{"i-9223372036854775809e", EBADMSG},
		{"", EBADMSG},
		{"ie", EBADMSG},
		{"i-e", EBADMSG},
		{"i+1e", EBADMSG},
		{"i01e", EBADMSG},
		{"i-01e", EBADMSG},
		{"i-0e", 0},
		{"i1", EBADMSG},
		{"4:abc", EBADMSG},
		{"3:abcd", EBADMSG},
		{":abc", EBADMSG},
		{"99999999999999999999999:a", EBADMSG},
		{"d", EBADMSG},
		{"d1:a", EBADMSG},
		{"d1:ae", EBADMSG},
		{"di1e1:ae", EBADMSG},
		{"li1e", EBADMSG},
		{"x", EBADMSG},
		{"deX", EBADMSG},
		{NULL, 0},
	};

	check_vectors(vectorv, false);
}

static void json_vectors(void)
{
	static const struct vector vectorv[] = {
		{"{}", 0},
		{" [ ] ", 0},
		{"{\"a\" : [ 1 , -2 , true , false , null , \"x\" ] , \"b\":{}}", 0},
		{"\"\\u00e9\\ud83d\\ude00\\n\\/\"", 0},
		{"", EBADMSG},
		{"{", EBADMSG},
		{"{\"a\"}", EBADMSG},
		{"{\"a\":}", EBADMSG},
		{"{\"a\":1,}", EBADMSG},
		{"{a:1}", EBADMSG},
		{"[1,]", EBADMSG},
		{"[1 2]", EBADMSG},
		{"1.5", EBADMSG},
		{"01", EBADMSG},
		{"1e3", EBADMSG},
		{"\"a", EBADMSG},
		{"\"\\x\"", EBADMSG},
		{"\"\\", EBADMSG},
		{"\"\\u12\"", EBADMSG},
		{"\"\\ud83d\"", EBADMSG},
		{"\"\\ud83d\\u0041\"", EBADMSG},
		{"\"\\ude00\"", EBADMSG},
		{"\"a\nb\"", EBADMSG},
		{"tru", EBADMSG},
		{"{}{}", EBADMSG},
		{NULL, 0},
	};

	check_vectors(vectorv, true);
}

static void values_are_found(const char *text)
{
	struct bdoc *doc = NULL;
	int64_t num = 0;
	struct pl str;

	CU_ASSERT_EQUAL_FATAL(decode(&doc, text, strlen(text)), 0);

	CU_ASSERT_EQUAL(bval_str(doc->root, "sdp", &str), 0);
	CU_ASSERT_EQUAL(pl_strcmp(&str, "v=0\r\n\"\\"), 0);
	CU_ASSERT_EQUAL(bval_int(doc->root, "n", &num), 0);
	CU_ASSERT_EQUAL(num, -42);
	CU_ASSERT_EQUAL(bval_int(doc->root, "s", &num), 0);
	CU_ASSERT_EQUAL(num, 7);
	CU_ASSERT(bval_list_has(doc->root, "l", "two"));
	CU_ASSERT(!bval_list_has(doc->root, "l", "three"));

	CU_ASSERT_EQUAL(bval_str(doc->root, "absent", &str), ENOENT);
	CU_ASSERT_EQUAL(bval_str(doc->root, "n", &str), EINVAL);
	CU_ASSERT_EQUAL(bval_int(doc->root, "sdp", &num), EINVAL);
	CU_ASSERT_EQUAL(bval_int(doc->root, "l", &num), EINVAL);
	CU_ASSERT(!bval_list_has(doc->root, "sdp", "v"));
	CU_ASSERT_PTR_NULL(bval_get(bval_get(doc->root, "l"), "l"));

	mem_deref(doc);
}

static void both_encodings_give_the_same_values(void)
{
	values_are_found("d3:sdp7:v=0\r\n\"\\1:ni-42e1:s1:71:ll3:one3:twoee");
	values_are_found("{\"sdp\":\"v=0\\r\\n\\\"\\\\\", \"n\" : -42,\"s\":\"7\",\"l\":[\"one\",\"two\"]}");
}

static void nested(char *buf, const char *open, const char *close, unsigned depth)
{
	unsigned i;

	for (buf[0] = 0, i = 0; i < depth; i++)
		strcat(buf, open);
	for (i = 0; i < depth; i++)
		strcat(buf, close);
}

static void depth_is_bounded(void)
{
	char buf[64];

	nested(buf, "l", "e", BENCODE_DEPTH_MAX);
	CU_ASSERT_EQUAL(decode_err(buf, false), 0);
	nested(buf, "l", "e", BENCODE_DEPTH_MAX + 1);
	CU_ASSERT_EQUAL(decode_err(buf, false), EOVERFLOW);
	nested(buf, "[", "]", BENCODE_DEPTH_MAX);
	CU_ASSERT_EQUAL(decode_err(buf, true), 0);
	nested(buf, "[", "]", BENCODE_DEPTH_MAX + 1);
	CU_ASSERT_EQUAL(decode_err(buf, true), EOVERFLOW);
}

static void nodes_are_bounded(void)
{
	char buf[2 * BENCODE_NODES_MAX + 3] = "l";
	unsigned i;

	for (i = 0; i < BENCODE_NODES_MAX - 1; i++)
		strcat(buf + 2 * i, "0:");
	strcat(buf, "e");
	CU_ASSERT_EQUAL(decode_err(buf, false), 0);

	buf[strlen(buf) - 1] = 0;
	strcat(buf, "0:e");
	CU_ASSERT_EQUAL(decode_err(buf, false), EOVERFLOW);
}

static void write_sample(struct bwriter *w)
{
	const struct pl raw = {.p = "\x00\x1b\"\\\r\n\xe4z", .l = 8};

	bwrite_dict(w, NULL);
	bwrite_str(w, "result", "ok");
	bwrite_list(w, "l");
	bwrite_int(w, NULL, -1);
	bwrite_dict(w, NULL);
	bwrite_end_dict(w);
	bwrite_str(w, NULL, "");
	bwrite_end_list(w);
	bwrite_pl(w, "raw", &raw);
	bwrite_end_dict(w);
}

static void written_text_is_exact(void)
{
	static const char bencode[] = "d6:result2:ok1:lli-1ede0:e3:raw8:\x00\x1b\"\\\r\n\xe4ze";
	static const char json[] =
		"{\"result\":\"ok\",\"l\":[-1,{},\"\"],\"raw\":\"\\u0000\\u001b\\u0022\\u005c\\r\\n\xe4z\"}";
	struct bwriter w;
	int i;

	for (i = 0; i < 2; i++) {

		const char *want = i ? json : bencode;
		const size_t len = i ? sizeof(json) - 1 : sizeof(bencode) - 1;
		struct mbuf *mb = mbuf_alloc(64);

		bwriter_init(&w, mb, i);
		write_sample(&w);
		CU_ASSERT_EQUAL(w.err, 0);
		CU_ASSERT_EQUAL_FATAL(mb->end, len);
		CU_ASSERT_EQUAL(memcmp(mb->buf, want, len), 0);
		mem_deref(mb);
	}
}

static void written_values_are_read_back(void)
{
	const char raw[] = "\x00\x1b\"\\\r\n\xe4z";
	struct bwriter w;
	int i;

	for (i = 0; i < 2; i++) {

		struct mbuf *mb = mbuf_alloc(64);
		struct bdoc *doc = NULL;
		struct pl str;

		bwriter_init(&w, mb, i);
		write_sample(&w);
		CU_ASSERT_EQUAL_FATAL(decode(&doc, (char *)mb->buf, mb->end), 0);
		CU_ASSERT_EQUAL(bval_str(doc->root, "raw", &str), 0);
		CU_ASSERT_EQUAL_FATAL(str.l, sizeof(raw) - 1);
		CU_ASSERT_EQUAL(memcmp(str.p, raw, str.l), 0);
		mem_deref(doc);
		mem_deref(mb);
	}
}

static const struct unit_test testv[] = {
	{"bencode: what is well-formed and what is not", bencode_vectors},
	{"JSON: what is well-formed and what is not", json_vectors},
	{"both encodings give the same values", both_encodings_give_the_same_values},
	{"depth is bounded", depth_is_bounded},
	{"nodes are bounded", nodes_are_bounded},
	{"the written text is exact", written_text_is_exact},
	{"what is written reads back the same", written_values_are_read_back},
	{NULL, NULL},
};

const struct unit_suite bencode_suite = {"bencode", testv};
