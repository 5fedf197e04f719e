/**
 * @file bencode.c  Bencode: decoding, look-ups, and the writer for both encodings
 */
#include <string.h>
#include <re.h>
#include "bencode.h"
#include "bdecode.h"

static int string_decode(struct bdecoder *d, struct pl *str)
{
	size_t len = 0;
	const char *p = d->p;

	while (p < d->end && *p >= '0' && *p <= '9') {

		len = len * 10 + (size_t)(*p++ - '0');
		if (len > (size_t)(d->end - d->p))
			return EBADMSG;
	}

	if (p == d->p || p == d->end || *p++ != ':' || len > (size_t)(d->end - p))
		return EBADMSG;

	str->p = p;
	str->l = len;
	d->p = p + len;

	return 0;
}

static int integer_decode(struct bdecoder *d, int64_t *num)
{
	const char *e = memchr(d->p, 'e', (size_t)(d->end - d->p));
	struct pl pl;
	int err;

	if (!e)
		return EBADMSG;

	pl.p = d->p;
	pl.l = (size_t)(e - d->p);

	err = bdecoder_number(num, &pl);
	if (err)
		return err;

	d->p = e + 1;

	return 0;
}

static int value_decode(struct bdecoder *d, struct bval *v, unsigned depth);

static int entries_decode(struct bdecoder *d, struct bval *v, unsigned depth)
{
	const struct bval **link = &v->child;
	const bool dict = v->type == BVAL_DICT;

	if (depth >= BENCODE_DEPTH_MAX)
		return EOVERFLOW;

	while (d->p < d->end && *d->p != 'e') {

		struct pl key = PL_INIT;
		struct bval *e;
		int err;

		err = dict ? string_decode(d, &key) : 0;
		err = err ? err : bdecoder_node(d, &e);
		err = err ? err : value_decode(d, e, depth + 1);
		if (err)
			return err;

		e->key = key;
		*link = e;
		link = &e->next;
	}

	if (d->p == d->end)
		return EBADMSG;

	++d->p;

	return 0;
}

static int value_decode(struct bdecoder *d, struct bval *v, unsigned depth)
{
	if (d->p == d->end)
		return EBADMSG;

	switch (*d->p) {

	case 'i':
		++d->p;
		v->type = BVAL_INT;
		return integer_decode(d, &v->num);

	case 'l':
	case 'd':
		v->type = *d->p++ == 'd' ? BVAL_DICT : BVAL_LIST;
		return entries_decode(d, v, depth);

	default:
		v->type = BVAL_STR;
		return string_decode(d, &v->str);
	}
}

int bencode_decode(struct bdoc **docp, const struct pl *pl)
{
	return bdecoder_run(docp, pl, value_decode);
}

const struct bval *bval_get(const struct bval *dict, const char *key)
{
	const struct bval *v;

	if (!dict || dict->type != BVAL_DICT || !key)
		return NULL;

	for (v = dict->child; v; v = v->next)
		if (!pl_strcmp(&v->key, key))
			return v;

	return NULL;
}

int bval_str(const struct bval *dict, const char *key, struct pl *str)
{
	const struct bval *v = bval_get(dict, key);

	if (!v)
		return ENOENT;

	if (v->type != BVAL_STR)
		return EINVAL;

	*str = v->str;

	return 0;
}

int bval_int(const struct bval *dict, const char *key, int64_t *num)
{
	const struct bval *v = bval_get(dict, key);

	if (!v)
		return ENOENT;

	if (v->type == BVAL_STR)
		return bdecoder_number(num, &v->str) ? EINVAL : 0;

	if (v->type != BVAL_INT)
		return EINVAL;

	*num = v->num;

	return 0;
}

bool bval_list_has(const struct bval *dict, const char *key, const char *word)
{
	const struct bval *list = bval_get(dict, key), *v;

	if (!list || list->type != BVAL_LIST)
		return false;

	for (v = list->child; v; v = v->next)
		if (v->type == BVAL_STR && !pl_strcmp(&v->str, word))
			return true;

	return false;
}

static void put(struct bwriter *w, const char *p, size_t len)
{
	if (!w->err)
		w->err = mbuf_write_mem(w->mb, (const uint8_t *)p, len);
}

static void put_bencode_str(struct bwriter *w, const struct pl *pl)
{
	char len[24];
	int n = re_snprintf(len, sizeof(len), "%zu:", pl->l);

	put(w, len, (size_t)n);
	put(w, pl->p, pl->l);
}

/* Bytes that are not ASCII pass as they are: an SDP in another charset must come back unchanged. */
static void put_json_str(struct bwriter *w, const struct pl *pl)
{
	size_t i, from = 0;
	char esc[8];

	put(w, "\"", 1);

	for (i = 0; i < pl->l; i++) {

		const uint8_t c = (uint8_t)pl->p[i];
		int n;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;

		put(w, pl->p + from, i - from);
		from = i + 1;

		if (c == '\r' || c == '\n')
			n = re_snprintf(esc, sizeof(esc), "\\%c", c == '\r' ? 'r' : 'n');
		else
			n = re_snprintf(esc, sizeof(esc), "\\u%04x", c);
		put(w, esc, (size_t)n);
	}

	put(w, pl->p + from, pl->l - from);
	put(w, "\"", 1);
}

static void put_str(struct bwriter *w, const struct pl *pl)
{
	if (w->json)
		put_json_str(w, pl);
	else
		put_bencode_str(w, pl);
}

static void put_key(struct bwriter *w, const char *key)
{
	struct pl pl;

	if (w->json && w->comma)
		put(w, ",", 1);
	w->comma = true;

	if (!key)
		return;

	pl_set_str(&pl, key);
	put_str(w, &pl);
	if (w->json)
		put(w, ":", 1);
}

void bwriter_init(struct bwriter *w, struct mbuf *mb, bool json)
{
	memset(w, 0, sizeof(*w));
	w->mb = mb;
	w->json = json;
}

static void container_begin(struct bwriter *w, const char *key, char bencode, char json)
{
	put_key(w, key);
	put(w, w->json ? &json : &bencode, 1);
	w->comma = false;
}

static void container_end(struct bwriter *w, char json)
{
	put(w, w->json ? &json : "e", 1);
	w->comma = true;
}

void bwrite_dict(struct bwriter *w, const char *key)
{
	container_begin(w, key, 'd', '{');
}

void bwrite_list(struct bwriter *w, const char *key)
{
	container_begin(w, key, 'l', '[');
}

void bwrite_end_dict(struct bwriter *w)
{
	container_end(w, '}');
}

void bwrite_end_list(struct bwriter *w)
{
	container_end(w, ']');
}

void bwrite_pl(struct bwriter *w, const char *key, const struct pl *pl)
{
	put_key(w, key);
	put_str(w, pl);
}

void bwrite_str(struct bwriter *w, const char *key, const char *str)
{
	struct pl pl;

	pl_set_str(&pl, str);
	bwrite_pl(w, key, &pl);
}

void bwrite_int(struct bwriter *w, const char *key, int64_t num)
{
	char str[32];
	int n = re_snprintf(str, sizeof(str), w->json ? "%lld" : "i%llde", (long long)num);

	put_key(w, key);
	put(w, str, (size_t)n);
}
