/**
 * @file bjson.c  JSON (RFC 8259) decoded into the same values as bencode
 */
#include <string.h>
#include <re.h>
#include "bencode.h"
#include "bdecode.h"

static void space_skip(struct bdecoder *d)
{
	while (d->p < d->end && (*d->p == ' ' || *d->p == '\t' || *d->p == '\r' || *d->p == '\n'))
		++d->p;
}

/* Step over `c` and the white space around it. */
static bool symbol_take(struct bdecoder *d, char c)
{
	space_skip(d);

	if (d->p == d->end || *d->p != c)
		return false;

	++d->p;
	space_skip(d);

	return true;
}

static void byte_put(struct bdecoder *d, uint32_t byte)
{
	if (d->copy)
		d->copy[d->copied] = (char)(uint8_t)byte;
	++d->copied;
}

static void utf8_put(struct bdecoder *d, uint32_t cp)
{
	if (cp < 0x80) {
		byte_put(d, cp);
		return;
	}

	if (cp < 0x800) {
		byte_put(d, 0xc0 | cp >> 6);
	}
	else if (cp < 0x10000) {
		byte_put(d, 0xe0 | cp >> 12);
		byte_put(d, 0x80 | (cp >> 6 & 0x3f));
	}
	else {
		byte_put(d, 0xf0 | cp >> 18);
		byte_put(d, 0x80 | (cp >> 12 & 0x3f));
		byte_put(d, 0x80 | (cp >> 6 & 0x3f));
	}

	byte_put(d, 0x80 | (cp & 0x3f));
}

static int hex4_decode(struct bdecoder *d, uint32_t *cp)
{
	unsigned i;

	if (d->end - d->p < 4)
		return EBADMSG;

	for (*cp = 0, i = 0; i < 4; i++) {

		const char c = *d->p++;

		if (c >= '0' && c <= '9')
			*cp = *cp << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			*cp = *cp << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return EBADMSG;
	}

	return 0;
}

/* After "\u": four hex digits; a high surrogate must be followed by "\u" and a low one. */
static int unicode_decode(struct bdecoder *d)
{
	uint32_t cp, low;
	int err;

	err = hex4_decode(d, &cp);
	if (err)
		return err;

	if (cp >= 0xdc00 && cp <= 0xdfff)
		return EBADMSG;

	if (cp >= 0xd800 && cp <= 0xdbff) {

		if (d->end - d->p < 2 || d->p[0] != '\\' || d->p[1] != 'u')
			return EBADMSG;
		d->p += 2;

		err = hex4_decode(d, &low);
		if (err || low < 0xdc00 || low > 0xdfff)
			return EBADMSG;

		cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
	}

	utf8_put(d, cp);

	return 0;
}

static int escape_decode(struct bdecoder *d)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *hit;

	if (d->p == d->end)
		return EBADMSG;

	if (*d->p == 'u') {
		++d->p;
		return unicode_decode(d);
	}

	hit = memchr(from, *d->p++, sizeof(from) - 1);
	if (!hit)
		return EBADMSG;

	byte_put(d, (uint8_t)to[hit - from]);

	return 0;
}

static int string_decode(struct bdecoder *d, struct pl *str)
{
	const size_t start = d->copied;

	if (d->p == d->end || *d->p++ != '"')
		return EBADMSG;

	while (d->p < d->end && *d->p != '"') {

		const uint8_t c = (uint8_t)*d->p++;
		int err = 0;

		if (c == '\\')
			err = escape_decode(d);
		else if (c < 0x20)
			err = EBADMSG;
		else
			byte_put(d, c);

		if (err)
			return err;
	}

	if (d->p == d->end)
		return EBADMSG;

	++d->p;
	str->p = d->copy ? d->copy + start : "";
	str->l = d->copy ? d->copied - start : 0;

	return 0;
}

static int value_decode(struct bdecoder *d, struct bval *v, unsigned depth);

static int entry_decode(struct bdecoder *d, struct bval **ep, bool dict, unsigned depth)
{
	struct pl key = PL_INIT;
	int err;

	err = dict ? string_decode(d, &key) : 0;
	if (err)
		return err;

	if (dict && !symbol_take(d, ':'))
		return EBADMSG;

	err = bdecoder_node(d, ep);
	err = err ? err : value_decode(d, *ep, depth);
	if (err)
		return err;

	(*ep)->key = key;

	return 0;
}

static int entries_decode(struct bdecoder *d, struct bval *v, char closing, unsigned depth)
{
	const struct bval **link = &v->child;
	const bool dict = v->type == BVAL_DICT;

	if (depth >= BENCODE_DEPTH_MAX)
		return EOVERFLOW;

	++d->p;
	if (symbol_take(d, closing))
		return 0;

	do {
		struct bval *e;
		int err;

		err = entry_decode(d, &e, dict, depth + 1);
		if (err)
			return err;

		*link = e;
		link = &e->next;

	} while (symbol_take(d, ','));

	return symbol_take(d, closing) ? 0 : EBADMSG;
}

static int number_decode(struct bdecoder *d, struct bval *v)
{
	struct pl pl = {.p = d->p, .l = 0};

	while (d->p < d->end && (*d->p == '-' || (*d->p >= '0' && *d->p <= '9')))
		++d->p;

	pl.l = (size_t)(d->p - pl.p);
	v->type = BVAL_INT;

	return bdecoder_number(&v->num, &pl);
}

static int literal_decode(struct bdecoder *d, struct bval *v)
{
	static const struct {
		const char *word;
		enum bval_type type;
		int64_t num;
	} literalv[] = {{"true", BVAL_INT, 1}, {"false", BVAL_INT, 0}, {"null", BVAL_STR, 0}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(literalv); i++) {

		const size_t len = strlen(literalv[i].word);

		if ((size_t)(d->end - d->p) < len || memcmp(d->p, literalv[i].word, len))
			continue;

		v->type = literalv[i].type;
		v->num = literalv[i].num;
		pl_set_str(&v->str, "");
		d->p += len;

		return 0;
	}

	return EBADMSG;
}

static int value_decode(struct bdecoder *d, struct bval *v, unsigned depth)
{
	int err;

	space_skip(d);
	if (d->p == d->end)
		return EBADMSG;

	switch (*d->p) {

	case '{':
		v->type = BVAL_DICT;
		err = entries_decode(d, v, '}', depth);
		break;

	case '[':
		v->type = BVAL_LIST;
		err = entries_decode(d, v, ']', depth);
		break;

	case '"':
		v->type = BVAL_STR;
		err = string_decode(d, &v->str);
		break;

	case 't':
	case 'f':
	case 'n':
		err = literal_decode(d, v);
		break;

	default:
		err = number_decode(d, v);
		break;
	}

	space_skip(d);

	return err;
}

int bencode_decode_json(struct bdoc **docp, const struct pl *pl)
{
	return bdecoder_run(docp, pl, value_decode);
}
