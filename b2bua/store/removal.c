/**
 * @file removal.c  What a document names under "remove"
 */
#include <re.h>
#include "removal.h"

enum { NAMES_HASH_SIZE = 64 };

int removal_kinds_check(const struct odict_entry *removal, struct fault *fault)
{
	const struct path at = {NULL, REMOVAL_KEY, 0};
	const struct le *le;

	if (removal->type != ODICT_OBJECT)
		return fault_at(fault, &at, "has the wrong type; give an object { } of lists of names");

	for (le = list_head(&removal->u.odict->lst); le; le = le->next) {

		const struct odict_entry *e = le->data;
		const struct kind *kind = kind_plural_find(e->key);
		const struct path here = {&at, e->key, 0};

		if (!kind || !kind_key(kind))
			return fault_at(fault, &here,
					"is no kind of object that has names; docs/config.md lists all");
		if (e->type != ODICT_ARRAY)
			return fault_at(fault, &here, "has the wrong type; give a list [ ] of names");
	}

	return 0;
}

static int name_take(struct odict *names, const struct kind *kind, const struct odict_entry *e,
		     const struct odict *before, const struct odict *given, const struct path *at,
		     struct fault *fault)
{
	if (e->type != ODICT_STRING)
		return fault_at(fault, at, "has the wrong type; give a name in quotes");
	if (!odict_lookup(before, e->u.str))
		return fault_at(fault, at, "there is no %s %H", kind->name, quote_print, e->u.str);
	if (odict_lookup(given, e->u.str))
		return fault_at(fault, at, "%H stands in \"%s\", too; keep it or remove it", quote_print,
				e->u.str, kind->plural);

	return odict_lookup(names, e->u.str) ? 0 : odict_entry_add(names, e->u.str, ODICT_BOOL, true);
}

int removal_read(struct odict **namesp, const struct merge *m, const struct kind *kind,
		 const struct odict *before, const struct odict *given, struct fault *fault)
{
	const struct odict_entry *removal = odict_lookup(m->json, REMOVAL_KEY);
	const struct odict_entry *list = removal ? odict_lookup(removal->u.odict, kind->plural) : NULL;
	const struct path top = {NULL, REMOVAL_KEY, 0}, at = {&top, kind->plural, 0};
	struct odict *names = NULL;
	const struct le *le;
	size_t i = 0;
	int err;

	*namesp = NULL;
	if (!list)
		return 0;

	err = odict_alloc(&names, NAMES_HASH_SIZE);
	for (le = list_head(&list->u.odict->lst); le && !err; le = le->next) {

		const struct path here = {&at, NULL, i++};

		err = name_take(names, kind, le->data, before, given, &here, fault);
	}

	if (err)
		mem_deref(names);
	else
		*namesp = names;

	return err;
}
