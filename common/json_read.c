/**
 * @file json_read.c  JSON text (RFC 8259) to an odict
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "json.h"
#include "utf8.h"

enum { NUMBER_LEN_MAX = 64, HASH_SIZE = 4 };

struct reader {
	const char *start, *p, *end;
	unsigned depth;
	size_t valuec;
	const char *what; /* the first fault; it stands at p */
};

static int fault(struct reader *r, const char *what)
{
	r->what = what;
	return EBADMSG;
}

static int limit(struct reader *r, const char *what)
{
	r->what = what;
	return EOVERFLOW;
}

static void space_skip(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
		++r->p;
}

static bool take(struct reader *r, char ch)
{
	space_skip(r);

	if (r->p >= r->end || *r->p != ch)
		return false;

	++r->p;
	return true;
}

static int hex4(struct reader *r, unsigned *u)
{
	int i;

	*u = 0;

	for (i = 0; i < 4; i++, r->p++) {

		const char ch = r->p < r->end ? *r->p : 0;

		if (!((ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'f') || (ch >= 'A' && ch <= 'F')))
			return fault(r, "\\u wants four hexadecimal digits");

		*u = *u << 4 | ch_hex(ch);
	}

	return 0;
}

/** One \uXXXX, or the two of a surrogate pair, as UTF-8. */
static int unicode_read(struct reader *r, char **dst)
{
	unsigned u, low;
	int err;

	err = hex4(r, &u);
	if (err)
		return err;

	if (u >= 0xd800 && u <= 0xdbff) {

		if (r->end - r->p < 2 || r->p[0] != '\\' || r->p[1] != 'u')
			return fault(r, "half of a surrogate pair");

		r->p += 2;
		err = hex4(r, &low);
		if (err)
			return err;

		if (low < 0xdc00 || low > 0xdfff)
			return fault(r, "half of a surrogate pair");

		u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
	}
	else if (u >= 0xdc00 && u <= 0xdfff) {
		return fault(r, "half of a surrogate pair");
	}

	if (!u)
		return fault(r, "\\u0000 is not allowed in text");

	*dst += utf8_byteseq(*dst, u);

	return 0;
}

static int escape_read(struct reader *r, char **dst)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *c;

	++r->p;
	if (r->p >= r->end)
		return fault(r, "the text ends inside a string");

	if (*r->p == 'u') {
		++r->p;
		return unicode_read(r, dst);
	}

	c = *r->p ? strchr(from, *r->p) : NULL;
	if (!c)
		return fault(r, "unknown escape; \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX exist");

	*(*dst)++ = to[c - from];
	++r->p;

	return 0;
}

static int char_copy(struct reader *r, char **dst)
{
	const size_t n = utf8_char(r->p, (size_t)(r->end - r->p), NULL);

	if (!n)
		return fault(r, "not UTF-8");

	if ((uint8_t)*r->p < 0x20)
		return fault(r, "a control character inside a string; write it as \\n, \\t or \\u00XX");

	memcpy(*dst, r->p, n);
	*dst += n;
	r->p += n;

	return 0;
}

/** The raw length up to the closing quote bounds the decoded one: every escape is longer than what it stands for. */
static size_t string_bound(const struct reader *r)
{
	const char *p;

	for (p = r->p; p < r->end && *p != '"'; p++)
		if (*p == '\\' && p + 1 < r->end)
			++p;

	return (size_t)(p - r->p);
}

static int string_read(struct reader *r, char **strp)
{
	char *str, *dst;
	int err = 0;

	if (!take(r, '"'))
		return fault(r, "a string in double quotes is expected");

	str = dst = mem_alloc(string_bound(r) + 1, NULL);
	if (!str)
		return ENOMEM;

	while (!err && r->p < r->end && *r->p != '"')
		err = *r->p == '\\' ? escape_read(r, &dst) : char_copy(r, &dst);

	if (!err && r->p >= r->end)
		err = fault(r, "the text ends inside a string");

	if (err) {
		mem_deref(str);
		return err;
	}

	++r->p;
	*dst = '\0';
	*strp = str;

	return 0;
}

static size_t digits_skip(struct reader *r)
{
	const char *p = r->p;

	while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
		++r->p;

	return (size_t)(r->p - p);
}

/** Check a number's form; `whole` says that it has neither fraction nor exponent. */
static int number_scan(struct reader *r, bool *whole)
{
	const char *first;

	*whole = true;

	if (*r->p == '-')
		++r->p;

	first = r->p;
	if (!digits_skip(r))
		return fault(r, "a value is expected");

	if (*first == '0' && r->p - first > 1) {
		r->p = first;
		return fault(r, "a number must not start with 0");
	}

	if (r->p < r->end && *r->p == '.') {
		++r->p;
		*whole = false;
		if (!digits_skip(r))
			return fault(r, "digits are missing after the point");
	}

	if (r->p < r->end && (*r->p == 'e' || *r->p == 'E')) {
		++r->p;
		*whole = false;
		if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
			++r->p;
		if (!digits_skip(r))
			return fault(r, "digits are missing in the exponent");
	}

	return 0;
}

static int number_read(struct reader *r, struct odict *o, const char *key)
{
	const char *start = r->p;
	char buf[NUMBER_LEN_MAX];
	int64_t num;
	bool whole;
	int err;

	err = number_scan(r, &whole);
	if (err)
		return err;

	if ((size_t)(r->p - start) >= sizeof(buf)) {
		r->p = start;
		return limit(r, "a number is too long");
	}

	memcpy(buf, start, (size_t)(r->p - start));
	buf[r->p - start] = '\0';

	if (!whole)
		return odict_entry_add(o, key, ODICT_DOUBLE, strtod(buf, NULL));

	errno = 0;
	num = strtoll(buf, NULL, 10);
	if (errno == ERANGE) {
		r->p = start;
		return limit(r, "a number is too large");
	}

	return odict_entry_add(o, key, ODICT_INT, num);
}

static int word_read(struct reader *r, struct odict *o, const char *key)
{
	static const struct {
		struct pl word;
		enum odict_type type;
		int value;
	} wordv[] = {
		{PL("true"), ODICT_BOOL, true},
		{PL("false"), ODICT_BOOL, false},
		{PL("null"), ODICT_NULL, 0},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wordv); i++) {

		const struct pl *word = &wordv[i].word;

		if ((size_t)(r->end - r->p) < word->l || memcmp(r->p, word->p, word->l) != 0)
			continue;

		r->p += word->l;
		return odict_entry_add(o, key, wordv[i].type, wordv[i].value);
	}

	return fault(r, "a value is expected: \"text\", a number, true, false, null, [ or {");
}

static int container_read(struct reader *r, struct odict *parent, const char *key);

static int value_read(struct reader *r, struct odict *o, const char *key)
{
	char *str = NULL;
	int err;

	space_skip(r);

	if (++r->valuec > JSON_VALUES_MAX)
		return limit(r, "too many values in one text");

	if (r->p >= r->end)
		return fault(r, "the text ends where a value is expected");

	if (*r->p == '{' || *r->p == '[')
		return container_read(r, o, key);

	if (*r->p == '-' || (*r->p >= '0' && *r->p <= '9'))
		return number_read(r, o, key);

	if (*r->p != '"')
		return word_read(r, o, key);

	err = string_read(r, &str);
	if (!err)
		err = odict_entry_add(o, key, ODICT_STRING, str);

	mem_deref(str);

	return err;
}

static int member_read(struct reader *r, struct odict *o, size_t count)
{
	const char *at;
	char *key = NULL;
	int err;

	space_skip(r);
	at = r->p;

	if (count >= JSON_KEYS_MAX)
		return limit(r, "too many keys in one object");

	err = string_read(r, &key);
	if (err)
		return err;

	if (odict_lookup(o, key)) {
		r->p = at;
		err = fault(r, "this key was given before in the same object");
	}
	else if (!take(r, ':')) {
		err = fault(r, "a colon is missing after the key");
	}
	else {
		err = value_read(r, o, key);
	}

	mem_deref(key);

	return err;
}

static int element_read(struct reader *r, struct odict *o, size_t count)
{
	char key[24];

	(void)re_snprintf(key, sizeof(key), "%zu", count);

	return value_read(r, o, key);
}

/** The inside of { } or [ ], whose opening bracket has been taken. */
static int entries_read(struct reader *r, struct odict *o, bool object)
{
	const char close = object ? '}' : ']';
	size_t count;
	int err;

	if (take(r, close))
		return 0;

	for (count = 0;; count++) {

		err = object ? member_read(r, o, count) : element_read(r, o, count);
		if (err)
			return err;

		if (take(r, close))
			return 0;

		if (!take(r, ','))
			return fault(r, object ? "a comma or } is missing" : "a comma or ] is missing");
	}
}

static int container_read(struct reader *r, struct odict *parent, const char *key)
{
	const bool object = *r->p == '{';
	struct odict *o = NULL;
	int err;

	if (r->depth >= JSON_DEPTH_MAX)
		return limit(r, "nested too deep");

	err = odict_alloc(&o, HASH_SIZE);
	if (err)
		return err;

	++r->p;
	++r->depth;
	err = entries_read(r, o, object);
	--r->depth;

	if (!err)
		err = odict_entry_add(parent, key, object ? ODICT_OBJECT : ODICT_ARRAY, o);

	mem_deref(o);

	return err;
}

static void fault_locate(struct json_fault *f, const struct reader *r)
{
	const char *p;

	f->line = 1;
	f->column = 1;
	f->what = r->what ? r->what : "out of memory";

	for (p = r->start; p < r->p; p++) {

		if (*p == '\n') {
			++f->line;
			f->column = 1;
		}
		else if (((uint8_t)*p & 0xc0) != 0x80) {
			++f->column;
		}
	}
}

/** The root is read as a member of a dictionary of one, so that it needs no rule of its own. */
static int root_read(struct odict **op, struct reader *r, enum odict_type root)
{
	const struct odict_entry *e;
	struct odict *holder = NULL;
	int err;

	space_skip(r);

	if (r->p >= r->end)
		return fault(r, "the text is empty");

	if (*r->p != (root == ODICT_OBJECT ? '{' : '['))
		return fault(r,
			     root == ODICT_OBJECT ? "an object { } is expected" : "a list [ ] is expected");

	err = odict_alloc(&holder, 1);
	if (err)
		return err;

	err = value_read(r, holder, "root");
	if (err)
		goto out;

	space_skip(r);
	if (r->p < r->end) {
		err = fault(r, "something follows after the end");
		goto out;
	}

	e = odict_lookup(holder, "root");
	*op = mem_ref(e->u.odict);

out:
	mem_deref(holder);

	return err;
}

int json_read(struct odict **op, enum odict_type root, const char *text, size_t len, struct json_fault *f)
{
	struct reader r = {.start = text, .p = text};
	int err;

	if (!op || !text)
		return EINVAL;

	r.end = text + len;
	err = root_read(op, &r, root);
	if (err && f)
		fault_locate(f, &r);

	return err;
}
