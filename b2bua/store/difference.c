/**
 * @file difference.c  The changes of a draft, a line each for the operator
 */
#include <re.h>
#include "json.h"
#include "document.h"

enum { VALUE_MAX = 120 };

/** "trunk ims-a", "route \"\"", "settings". */
static int object_print(struct re_printf *pf, const struct change *c)
{
	const char *name = object_name(c->kind, c->after ? c->after : c->before);

	if (!kind_key(c->kind))
		return re_hprintf(pf, "%s", c->kind->name);

	return re_hprintf(pf, "%s %s", c->kind->name, str_isset(name) ? name : "\"\"");
}

static int value_print(struct re_printf *pf, const struct odict_entry *e)
{
	struct mbuf *mb = mbuf_alloc(64);
	int err;

	if (!mb)
		return ENOMEM;

	err = json_write_value(mb, e);
	if (!err)
		err = mb->end > VALUE_MAX ? re_hprintf(pf, "...") : re_hprintf(pf, "%b", mb->buf, mb->end);

	mem_deref(mb);

	return err;
}

static int fields_describe(const struct change *c, struct odict *array)
{
	const struct field *f;
	int err = 0;

	for (f = c->kind->fieldv; f->name && !err; f++) {

		const struct odict_entry *was = odict_lookup(c->before, f->name);
		const struct odict_entry *now = odict_lookup(c->after, f->name);

		if (value_equal(was, now))
			continue;

		if (f->type == FIELD_ROWS || f->flags & FIELD_SECRET)
			err = array_append(array, "%H: %s changed", object_print, c, f->name);
		else
			err = array_append(array, "%H: %s %H -> %H", object_print, c, f->name, value_print,
					   was, value_print, now);
	}

	return err;
}

int draft_describe(const struct draft *d, struct odict *array)
{
	const struct le *le;
	int err = 0;

	for (le = d->changel.head; le && !err; le = le->next) {

		const struct change *c = le->data;

		if (c->type == CHANGE_MODIFY)
			err = fields_describe(c, array);
		else
			err = array_append(array, "%H: %s", object_print, c,
					   c->type == CHANGE_CREATE ? "created" : "removed");
	}

	return err;
}
