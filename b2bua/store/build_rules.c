/**
 * @file build_rules.c  The header rules of a trunk, compiled
 */
#include <string.h>
#include <re.h>
#include "json.h"
#include "build_part.h"

static int rule_add(const struct build *b, struct header_rules *rules, const struct odict *o,
		    const struct path *at)
{
	const struct header_rule_text text = {
		.actionv = {odict_string(o, "pass"), odict_string(o, "drop"), odict_string(o, "set"),
			    odict_string(o, "rename"), odict_string(o, "replace")},
		.value = odict_string(o, "value"),
		.to = odict_string(o, "to"),
		.match = odict_string(o, "match"),
		.with = odict_string(o, "with"),
	};
	struct header_fault fault = {NULL, ""};
	const int err = header_rules_add(rules, &text, &fault);
	const struct path key = {at, fault.key, 0};

	return err == EINVAL ? fault_at(b->fault, fault.key ? &key : at, "%s", fault.what) : err;
}

int build_header_rules(const struct build *b, struct header_rules **rulesp, const char *field)
{
	const struct path list = {&b->at, field, 0};
	const char *text = odict_string(b->o, field);
	struct header_rules *rules = NULL;
	struct odict *array = NULL;
	const struct le *le;
	size_t i = 0;
	int err;

	if (!text || !strcmp(text, "[]"))
		return 0;

	err = json_read(&array, ODICT_ARRAY, text, strlen(text), NULL);
	err = err ? err : header_rules_alloc(&rules);

	for (le = array ? array->lst.head : NULL; le && !err; le = le->next, i++) {

		const struct path at = {&list, NULL, i};
		const struct odict_entry *e = le->data;

		err = rule_add(b, rules, e->u.odict, &at);
	}

	mem_deref(array);
	if (err)
		mem_deref(rules);
	else
		*rulesp = rules;

	return err;
}
