/**
 * @file object.c  One provisioned object in normal form: compared, visited and written out
 */
#include <string.h>
#include <re.h>
#include "json.h"
#include "money.h"
#include "object.h"

const char *object_name(const struct kind *kind, const struct odict *o)
{
	const struct field *key = kind_key(kind);
	const char *name = key ? odict_string(o, key->name) : NULL;

	return name ? name : "";
}

static bool list_equal(const struct odict *a, const struct odict *b)
{
	const struct le *la = a->lst.head, *lb = b->lst.head;

	while (la && lb && value_equal(la->data, lb->data)) {
		la = la->next;
		lb = lb->next;
	}

	return !la && !lb;
}

bool value_equal(const struct odict_entry *a, const struct odict_entry *b)
{
	if (!a || !b || a->type != b->type)
		return false;

	switch (a->type) {

	case ODICT_ARRAY:
		return list_equal(a->u.odict, b->u.odict);
	case ODICT_STRING:
		return !str_cmp(a->u.str, b->u.str);
	case ODICT_INT:
		return a->u.integer == b->u.integer;
	case ODICT_BOOL:
		return a->u.boolean == b->u.boolean;
	case ODICT_NULL:
		return true;
	default:
		return false;
	}
}

int value_copy(struct odict *dst, const struct odict_entry *e)
{
	switch (e->type) {

	case ODICT_OBJECT:
	case ODICT_ARRAY:
		return odict_entry_add(dst, e->key, e->type, e->u.odict);
	case ODICT_STRING:
		return odict_entry_add(dst, e->key, e->type, e->u.str);
	case ODICT_INT:
		return odict_entry_add(dst, e->key, e->type, e->u.integer);
	case ODICT_BOOL:
		return odict_entry_add(dst, e->key, e->type, e->u.boolean);
	case ODICT_NULL:
		return odict_entry_add(dst, e->key, e->type);
	default:
		return EINVAL;
	}
}

int object_items(const struct odict *o, const char *field, object_item_h *h, void *arg)
{
	const struct odict_entry *e = odict_lookup(o, field);
	const struct le *le;
	size_t i = 0;
	int err = 0;

	if (!e)
		return 0;

	if (e->type == ODICT_STRING)
		return h(e->u.str, 0, arg);

	for (le = e->u.odict->lst.head; le && !err; le = le->next) {

		const struct odict_entry *item = le->data;

		err = h(item->u.str, i++, arg);
	}

	return err;
}

int array_append(struct odict *array, const char *fmt, ...)
{
	char index[24], *text = NULL;
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = re_vsdprintf(&text, fmt, ap);
	va_end(ap);
	if (err)
		return err;

	(void)re_snprintf(index, sizeof(index), "%u", list_count(&array->lst));
	err = odict_entry_add(array, index, ODICT_STRING, text);
	mem_deref(text);

	return err;
}

static int money_write(struct mbuf *mb, const char *text)
{
	struct pl pl;
	int64_t nano;
	int err;

	pl_set_str(&pl, text);

	err = money_decode(&nano, &pl);
	if (err)
		return err;

	return mbuf_printf(mb, "%lld", (long long)nano);
}

static int field_write(struct mbuf *mb, const struct field *f, const struct odict_entry *e,
		       enum object_form form)
{
	if (f->type == FIELD_ROWS && e->type == ODICT_STRING)
		return mbuf_write_str(mb, e->u.str);

	if (f->type == FIELD_MONEY && form == FORM_STORED && e->type == ODICT_STRING)
		return money_write(mb, e->u.str);

	return json_write_value(mb, e);
}

/* Is what was just written the field's default? */
static bool is_default(const struct mbuf *mb, size_t value, const struct field *f)
{
	return mb->pos - value == str_len(f->def) && !memcmp(mb->buf + value, f->def, mb->pos - value);
}

int object_write(struct mbuf *mb, const struct kind *kind, const struct odict *o, enum object_form form)
{
	const struct field *f;
	bool first = true;
	int err;

	err = mbuf_write_u8(mb, '{');

	for (f = kind->fieldv; f->name; f++) {

		const size_t start = mb->pos;
		size_t value;

		if (f->flags & FIELD_SECRET && form == FORM_JSON)
			continue;

		err |= mbuf_printf(mb, "%s\"%s\": ", first ? "" : ", ", f->name);
		value = mb->pos;
		err |= field_write(mb, f, odict_lookup(o, f->name), form);

		if (f->flags & FIELD_SPARE && is_default(mb, value, f))
			mb->pos = mb->end = start;
		else
			first = false;
	}

	return err | mbuf_write_u8(mb, '}');
}
