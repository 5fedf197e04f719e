/**
 * @file ng_flags.c  What an NG request asks for: its words looked up, their values checked and stored
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "bdecode.h"
#include "escape.h"
#include "ng_flag_table.h"
#include "ng_flags.h"

enum { WORD_SHOWN = 40 }; /* bytes of a word in a warning */

struct decoder {
	struct ng_flags *flags;
	char *why;
	bool in_string; /* of rtpp-flags */
};

/** A word and the row that was found for it. */
struct found {
	enum ng_place place;
	const struct ng_row *row;
	struct pl word;
	const struct bval *v;
};

typedef int(set_h)(struct decoder *d, const struct found *f, void *field);

static int mistake(struct decoder *d, int err, const struct found *f, const char *what)
{
	(void)re_snprintf(d->why, NG_WHY_SIZE, "%s %s", f->row->name, what);

	return err;
}

static void warn(struct decoder *d, enum ng_place place, const struct pl *word, const char *why)
{
	struct ng_flags *flags = d->flags;

	if (flags->warningc < NG_WARNINGS_MAX) {

		struct ng_warning *w = &flags->warningv[flags->warningc];

		w->in = ng_placev[place].name;
		w->word = *word;
		w->why = why;
	}

	++flags->warningc;
	flags->unknownc += !why;
}

static int text_of(struct decoder *d, const struct found *f, struct pl *pl)
{
	if (f->v->type != BVAL_STR)
		return mistake(d, EINVAL, f, "is not a string");

	*pl = f->v->str;

	return 0;
}

static int pass(struct decoder *d, const struct found *f, void *field)
{
	return 0;
}

static int refuse(struct decoder *d, const struct found *f, void *field)
{
	warn(d, f->place, &f->word, f->row->help);

	return 0;
}

static int text_set(struct decoder *d, const struct found *f, void *field)
{
	return text_of(d, f, field);
}

static int id_set(struct decoder *d, const struct found *f, void *field)
{
	struct pl *id = field;
	int err;

	err = text_of(d, f, id);
	if (err)
		return err;

	if (id->l > NG_ID_MAX)
		return mistake(d, EOVERFLOW, f, "is longer than 255 bytes");

	if (memchr(id->p, '\0', id->l))
		return mistake(d, EINVAL, f, "has a zero byte in it");

	return 0;
}

static int sa_of(struct sa *sa, const struct pl *text)
{
	struct pl pl = *text;

	if (pl.l > 2 && pl.p[0] == '[' && pl.p[pl.l - 1] == ']') {
		pl_advance(&pl, 1);
		--pl.l;
	}

	return !pl.l || pl.l >= INET6_ADDRSTRLEN ? EINVAL : sa_set(sa, &pl, 0);
}

static int address_set(struct decoder *d, const struct found *f, void *field)
{
	struct pl pl;
	int err;

	err = text_of(d, f, &pl);
	if (!err && sa_of(field, &pl))
		err = mistake(d, EINVAL, f, "is not an IP address");

	return err;
}

static int number_of(const struct bval *v, int64_t *num)
{
	*num = v->num;

	return v->type == BVAL_INT ? 0 : v->type == BVAL_STR ? bdecoder_number(num, &v->str) : EINVAL;
}

static int number_set(struct decoder *d, const struct found *f, void *field)
{
	int64_t num;

	if (number_of(f->v, &num) || num < f->row->min || num > f->row->max) {
		(void)re_snprintf(d->why, NG_WHY_SIZE, "%s is not a number from %d to %d", f->row->name,
				  f->row->min, f->row->max);
		return EINVAL;
	}

	*(int *)field = (int)num;

	return 0;
}

static int tos_set(struct decoder *d, const struct found *f, void *field)
{
	int64_t num;

	if (number_of(f->v, &num))
		return mistake(d, EINVAL, f, "is not a number");

	*(int *)field = num < 0 ? NG_TOS_KEEP : num > f->row->max ? NG_TOS_DEFAULT : (int)num;

	return 0;
}

static int bool_set(struct decoder *d, const struct found *f, void *field)
{
	*(bool *)field = f->row->value != 0;

	return 0;
}

static int bits_set(struct decoder *d, const struct found *f, void *field)
{
	uint32_t *bits = field;

	*bits = (*bits & ~(uint32_t)f->row->min) | (uint32_t)f->row->value;

	return 0;
}

static int enum_set(struct decoder *d, const struct found *f, void *field)
{
	*(int *)field = f->row->value;

	return 0;
}

/* Take the next of `text`: up to a separator that is not between brackets. */
static bool item_next(struct pl *item, struct pl *text, char sep)
{
	unsigned depth = 0;
	size_t i;

	while (text->l && *text->p == sep)
		pl_advance(text, 1);

	for (i = 0; i < text->l && (depth || text->p[i] != sep); i++) {
		if (text->p[i] == '[')
			++depth;
		else if (text->p[i] == ']' && depth)
			--depth;
	}

	item->p = text->p;
	item->l = i;
	pl_advance(text, (ssize_t)i);

	return i > 0;
}

/** One of a list; `index` counts from 0. */
typedef int(item_h)(struct decoder *d, const struct found *f, const struct pl *item, unsigned index,
		    void *field);

/* What is between the brackets, or behind the only one there is. */
static int bracket_each(struct decoder *d, const struct found *f, item_h *h, void *field)
{
	struct pl text = f->v->str, item;
	unsigned index = 0;
	int err = 0;

	pl_advance(&text, 1);
	if (text.l && text.p[text.l - 1] == ']')
		--text.l;

	while (!err && item_next(&item, &text, ' '))
		err = h(d, f, &item, index++, field);

	return err;
}

/* The items of a list, of a list in brackets, or the only one. */
static int item_each(struct decoder *d, const struct found *f, item_h *h, void *field)
{
	const struct bval *v;
	unsigned index = 0;
	int err = 0;

	if (f->v->type == BVAL_STR)
		return f->v->str.l && *f->v->str.p == '[' ? bracket_each(d, f, h, field)
							  : h(d, f, &f->v->str, 0, field);

	if (f->v->type != BVAL_LIST)
		return mistake(d, EINVAL, f, "is not a list");

	for (v = f->v->child; v && !err; v = v->next) {

		if (v->type != BVAL_STR)
			return mistake(d, EINVAL, f, "holds something that is not a string");

		if (v->str.l)
			err = h(d, f, &v->str, index++, field);
	}

	return err;
}

static int row_apply(struct decoder *d, const struct found *f);

static int row_or_warn(struct decoder *d, const struct found *f)
{
	if (f->row)
		return row_apply(d, f);

	warn(d, f->place, &f->word, NULL);

	return 0;
}

/* A word that stands alone: its value is what its row's '*' stands for. */
static int word_apply(struct decoder *d, enum ng_place place, const struct pl *word)
{
	struct bval v = {.type = BVAL_STR, .str = *word};
	struct found f = {.place = place, .word = *word, .v = &v};

	f.row = ng_row_find(place, word, &v.str);
	if (!f.row && place == NG_IN_STRING) {
		f.place = NG_IN_FLAGS;
		f.row = ng_row_find(NG_IN_FLAGS, word, &v.str);
	}

	return row_or_warn(d, &f);
}

static int key_apply(struct decoder *d, enum ng_place place, const struct pl *key, const struct bval *v)
{
	struct found f = {.place = place, .word = *key, .v = v};
	struct pl rest;

	/* what a client's script left empty was not meant */
	if (v->type == BVAL_STR && !v->str.l)
		return 0;

	f.row = ng_row_find(place == NG_IN_STRING ? NG_IN_REQUEST : place, key, &rest);
	if (!f.row && place == NG_IN_STRING)
		f.row = ng_row_find_open(NG_IN_FLAGS, key);

	return row_or_warn(d, &f);
}

/* WORD or KEY=VALUE. */
static int item_apply(struct decoder *d, enum ng_place place, const struct pl *item)
{
	const char *eq = pl_strchr(item, '=');
	struct bval v = {.type = BVAL_STR};
	struct pl key;

	if (!eq)
		return word_apply(d, place, item);

	key.p = item->p;
	key.l = (size_t)(eq - item->p);
	v.str = *item;
	pl_advance(&v.str, (ssize_t)key.l + 1);

	return key_apply(d, place, &key, &v);
}

static int words_item(struct decoder *d, const struct found *f, const struct pl *item, unsigned index,
		      void *field)
{
	return item_apply(d, (enum ng_place)f->row->value, item);
}

static int words_set(struct decoder *d, const struct found *f, void *field)
{
	const struct bval *v;
	int err = 0;

	if (f->row->value != NG_IN_CODEC || f->v->type != BVAL_DICT)
		return item_each(d, f, words_item, field);

	for (v = f->v->child; v && !err; v = v->next)
		err = key_apply(d, NG_IN_CODEC, &v->key, v);

	return err;
}

static int names_item(struct decoder *d, const struct found *f, const struct pl *item, unsigned index,
		      void *field)
{
	struct ng_names *names = field;

	if (names->c >= NG_NAMES_MAX)
		return mistake(d, EOVERFLOW, f, "has more than 32 names");

	names->v[names->c++] = *item;

	return 0;
}

static int names_set(struct decoder *d, const struct found *f, void *field)
{
	return item_each(d, f, names_item, field);
}

static int transcode_set(struct decoder *d, const struct found *f, void *field)
{
	warn(d, f->place, &f->word, f->row->help);

	return names_set(d, f, field);
}

static int suites_item(struct decoder *d, const struct found *f, const struct pl *item, unsigned index,
		       void *field)
{
	struct pl list = *item, name;
	enum rsrtp_suite suite;

	while (item_next(&name, &list, ';')) {

		if (!rsrtp_suite_find(&suite, &name))
			*(uint32_t *)field |= 1U << suite;
		else
			*(uint32_t *)field |= (uint32_t)f->row->value;
	}

	return 0;
}

static int suites_set(struct decoder *d, const struct found *f, void *field)
{
	return item_each(d, f, suites_item, field);
}

static int order_item(struct decoder *d, const struct found *f, const struct pl *item, unsigned index,
		      void *field)
{
	struct ng_sdes *sdes = field;
	struct pl list = *item, name;
	enum rsrtp_suite suite;
	unsigned i;

	while (item_next(&name, &list, ';')) {

		if (rsrtp_suite_find(&suite, &name))
			continue;

		for (i = 0; i < sdes->orderc && sdes->orderv[i] != suite; i++)
			;

		if (i == sdes->orderc)
			sdes->orderv[sdes->orderc++] = suite;
	}

	return 0;
}

static int order_set(struct decoder *d, const struct found *f, void *field)
{
	return item_each(d, f, order_item, field);
}

/* In a list by place; one at a time, as `direction=a direction=b` comes, the next. */
static int interfaces_item(struct decoder *d, const struct found *f, const struct pl *item, unsigned index,
			   void *field)
{
	struct pl *interfacev = field;
	const bool single = f->v->type == BVAL_STR && *f->v->str.p != '[';

	if (single)
		index = pl_isset(&interfacev[0]);

	if (index < 2)
		interfacev[index] = *item;

	return 0;
}

static int interfaces_set(struct decoder *d, const struct found *f, void *field)
{
	return item_each(d, f, interfaces_item, field);
}

static int locals_item(struct decoder *d, const struct found *f, const struct pl *item, unsigned index,
		       void *field)
{
	struct sa *localv = field;

	return index >= 2 || sa_of(&localv[index], item) ? EINVAL : 0;
}

static int locals_set(struct decoder *d, const struct found *f, void *field)
{
	const struct sa *localv = field;

	if (item_each(d, f, locals_item, field) || !sa_isset(&localv[0], SA_ADDR) ||
	    !sa_isset(&localv[1], SA_ADDR))
		return mistake(d, EINVAL, f, "is not a list of two IP addresses");

	return 0;
}

static int received_item(struct decoder *d, const struct found *f, const struct pl *item, unsigned index,
			 void *field)
{
	const bool family = !pl_strcasecmp(item, "IP4") || !pl_strcasecmp(item, "IP6");

	if (!family && sa_of(field, item))
		warn(d, f->place, &f->word, "it is not an IP address");

	return 0;
}

static int received_set(struct decoder *d, const struct found *f, void *field)
{
	return item_each(d, f, received_item, field);
}

static int string_set(struct decoder *d, const struct found *f, void *field)
{
	struct pl text, item;
	int err;

	err = text_of(d, f, &text);
	if (!err && text.l > NG_STRING_MAX)
		err = mistake(d, EOVERFLOW, f, "is longer than 4096 bytes");
	if (!err && d->in_string)
		err = mistake(d, EINVAL, f, "has itself in it");

	d->flags->as_string = true;
	d->in_string = true;

	while (!err && item_next(&item, &text, ' '))
		err = item_apply(d, NG_IN_STRING, &item);

	d->in_string = false;

	return err;
}

static int row_apply(struct decoder *d, const struct found *f)
{
	static set_h *const setv[NG_KINDS] = {
		[NG_PASS] = pass,
		[NG_REFUSED] = refuse,
		[NG_TEXT] = text_set,
		[NG_ID] = id_set,
		[NG_ADDRESS] = address_set,
		[NG_NUMBER] = number_set,
		[NG_TOS] = tos_set,
		[NG_BOOL] = bool_set,
		[NG_BITS] = bits_set,
		[NG_ENUM] = enum_set,
		[NG_WORDS] = words_set,
		[NG_NAMES] = names_set,
		[NG_TRANSCODE] = transcode_set,
		[NG_SUITES] = suites_set,
		[NG_ORDER] = order_set,
		[NG_INTERFACES] = interfaces_set,
		[NG_LOCALS] = locals_set,
		[NG_RECEIVED] = received_set,
		[NG_STRING] = string_set,
	};

	return setv[f->row->kind](d, f, (char *)d->flags + f->row->offset);
}

static void flags_init(struct ng_flags *flags)
{
	unsigned i;

	memset(flags, 0, sizeof(*flags));

	sa_init(&flags->address, AF_UNSPEC);
	sa_init(&flags->media_address, AF_UNSPEC);
	sa_init(&flags->received_from, AF_UNSPEC);
	for (i = 0; i < ARRAY_SIZE(flags->localv); i++)
		sa_init(&flags->localv[i], AF_UNSPEC);

	flags->family = AF_UNSPEC;
	flags->tos = NG_TOS_KEEP;
	flags->delete_delay_s = NG_DELAY_DEFAULT;
	flags->notify = -1;
}

int ng_flags_decode(struct ng_flags *flags, const struct bval *dict, char why[NG_WHY_SIZE])
{
	struct decoder d = {.flags = flags};
	const struct bval *v;
	int err = 0;

	d.why = why;
	flags_init(flags);

	for (v = dict->child; v && !err; v = v->next)
		err = key_apply(&d, NG_IN_REQUEST, &v->key, v);

	return err;
}

static int warning_print(struct re_printf *pf, const struct ng_warning *w)
{
	const struct pl shown = {w->word.p, MIN(w->word.l, (size_t)WORD_SHOWN)};

	return re_hprintf(pf, "%s%s%H (%s)", w->in ? w->in : "", w->in ? " " : "", escape_print, &shown,
			  w->why ? w->why : "unknown");
}

int ng_flags_warn(struct re_printf *pf, const struct ng_flags *flags)
{
	const unsigned n = MIN(flags->warningc, (unsigned)NG_WARNINGS_MAX);
	unsigned i;
	int err = 0;

	for (i = 0; i < n && !err; i++)
		err = re_hprintf(pf, "%s%H", i ? ", " : "Ignored: ", warning_print, &flags->warningv[i]);

	if (!err && flags->warningc > n)
		err = re_hprintf(pf, ", and %u more", flags->warningc - n);

	return err;
}
