/**
 * @file param.c  A request's path, query and cookies taken apart
 */
#include <string.h>
#include <re.h>
#include "escape.h"
#include "param.h"

enum { DIGITS_MAX = 19 }; /* a number of so many fits in 64 bits */

/* Take what stands before `separator` off the front of `rest`; false when nothing is left. */
static bool split(struct pl *part, struct pl *rest, char separator)
{
	const char *end;

	if (!rest->l)
		return false;

	end = memchr(rest->p, separator, rest->l);
	part->p = rest->p;
	part->l = end ? (size_t)(end - rest->p) : rest->l;
	pl_advance(rest, (ssize_t)(part->l + (end ? 1 : 0)));

	return true;
}

/* "name=value" or "name". */
static void pair_split(struct pl *name, struct pl *value, const struct pl *pair)
{
	*value = *pair;

	if (!split(name, value, '='))
		*name = *pair;
}

static bool query_next(struct pl *name, struct pl *value, struct pl *rest)
{
	struct pl pair;

	while (split(&pair, rest, '&')) {

		if (!pair.l)
			continue;

		pair_split(name, value, &pair);
		return true;
	}

	return false;
}

static struct pl query_begin(const struct pl *query)
{
	struct pl rest = *query;

	if (rest.l && rest.p[0] == '?')
		pl_advance(&rest, 1);

	return rest;
}

static bool text_plain(const char *text, size_t len)
{
	size_t pos, n;

	for (pos = 0; pos < len; pos += n) {
		n = escape_plain_len(text + pos, len - pos);
		if (!n)
			return false;
	}

	return true;
}

static bool is_hex(char ch)
{
	return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'f') || (ch >= 'A' && ch <= 'F');
}

int param_decode(char *buf, size_t size, const struct pl *text)
{
	size_t i, len = 0;

	for (i = 0; i < text->l; i++) {

		char ch = text->p[i];

		if (len + 1 >= size)
			return EOVERFLOW;

		if (ch == '%') {

			if (text->l - i < 3 || !is_hex(text->p[i + 1]) || !is_hex(text->p[i + 2]))
				return EINVAL;

			ch = (char)(ch_hex(text->p[i + 1]) << 4 | ch_hex(text->p[i + 2]));
			i += 2;
		}

		buf[len++] = ch;
	}

	buf[len] = '\0';

	return text_plain(buf, len) ? 0 : EINVAL;
}

int param_text(char *buf, size_t size, const struct pl *query, const char *name)
{
	struct pl rest = query_begin(query), key, value, found = PL_INIT;
	bool given = false;

	while (query_next(&key, &value, &rest)) {

		if (pl_strcmp(&key, name))
			continue;

		if (given)
			return EEXIST;

		found = value;
		given = true;
	}

	return given ? param_decode(buf, size, &found) : ENOENT;
}

bool param_digits(uint64_t *num, const struct pl *text)
{
	size_t i;

	if (!text->l || text->l > DIGITS_MAX)
		return false;

	for (i = 0; i < text->l; i++)
		if (text->p[i] < '0' || text->p[i] > '9')
			return false;

	*num = pl_u64(text);

	return true;
}

int param_number(uint64_t *num, const struct pl *query, const char *name, uint64_t min, uint64_t max)
{
	char buf[DIGITS_MAX + 2];
	struct pl digits;
	uint64_t value;
	int err;

	err = param_text(buf, sizeof(buf), query, name);
	if (err)
		return err == ENOENT ? 0 : err;

	pl_set_str(&digits, buf);
	if (!param_digits(&value, &digits))
		return EINVAL;

	if (value < min || value > max)
		return ERANGE;

	*num = value;

	return 0;
}

static bool word_in(const char *words, const struct pl *word)
{
	struct pl rest, one;

	pl_set_str(&rest, words);

	while (split(&one, &rest, ' '))
		if (!pl_cmp(&one, word))
			return true;

	return false;
}

bool param_known(const struct pl *query, const char *names, struct pl *unknown)
{
	struct pl rest = query_begin(query), value;

	while (query_next(unknown, &value, &rest))
		if (!word_in(names, unknown))
			return false;

	return true;
}

bool param_cookie(struct pl *value, const struct pl *header, const char *name)
{
	struct pl rest = *header, pair, key;

	while (split(&pair, &rest, ';')) {

		while (pair.l && pair.p[0] == ' ')
			pl_advance(&pair, 1);

		pair_split(&key, value, &pair);
		if (!pl_strcmp(&key, name))
			return true;
	}

	return false;
}

bool param_path(struct pl *id, const char *pattern, const struct pl *path)
{
	struct pl want, have = *path, a, b;
	bool more;

	pl_set_str(&want, pattern);
	*id = (struct pl)PL_INIT;

	/* "/a" and "/a/" differ in their last byte, which split() swallows */
	if (!path->l || (path->p[path->l - 1] == '/') != (want.p[want.l - 1] == '/'))
		return false;

	while ((more = split(&a, &want, '/')) && split(&b, &have, '/')) {

		if (!pl_strcmp(&a, "{id}") && b.l)
			*id = b;
		else if (pl_cmp(&a, &b))
			return false;
	}

	return !more && !have.l;
}
