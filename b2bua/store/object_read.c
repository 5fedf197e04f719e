/**
 * @file object_read.c  One provisioned object from JSON to normal form
 */
#include <string.h>
#include <re.h>
#include "json.h"
#include "money.h"
#include "nearest.h"
#include "object_part.h"
#include "time_text.h"

enum { HASH_SIZE = 8, MESSAGE_SIZE = 128 };

int reading_type_fault(const struct reading *rd, const char *want)
{
	const bool null = rd->field->flags & FIELD_NULL;

	return fault_at(rd->src->fault, rd->at, "has the wrong type; give %s%s", want,
			null ? " or null" : "");
}

static int text_check(const struct reading *rd, const char *text, const struct path *at)
{
	const char *complaint = rd->field->check ? rd->field->check(text) : NULL;

	if (!complaint)
		return 0;

	if (rd->field->flags & FIELD_SECRET)
		return fault_at(rd->src->fault, at, "%s", complaint);

	return fault_at(rd->src->fault, at, "%H %s", quote_print, text, complaint);
}

static int text_read(const struct reading *rd, const struct odict_entry *e)
{
	int err;

	if (e->type != ODICT_STRING)
		return reading_type_fault(rd, "a text in quotes");

	err = text_check(rd, e->u.str, rd->at);
	if (err)
		return err;

	return odict_entry_add(rd->dst, rd->field->name, ODICT_STRING, e->u.str);
}

static int uint_read(const struct reading *rd, const struct odict_entry *e)
{
	const struct field *f = rd->field;

	if (e->type != ODICT_INT)
		return reading_type_fault(rd, "a whole number without quotes");

	if (e->u.integer < f->min || e->u.integer > f->max)
		return fault_at(rd->src->fault, rd->at, "%lld is out of range; give %lld to %lld",
				(long long)e->u.integer, (long long)f->min, (long long)f->max);

	return odict_entry_add(rd->dst, f->name, ODICT_INT, e->u.integer);
}

static int bool_read(const struct reading *rd, const struct odict_entry *e)
{
	if (e->type != ODICT_BOOL)
		return reading_type_fault(rd, "true or false without quotes");

	return odict_entry_add(rd->dst, rd->field->name, ODICT_BOOL, e->u.boolean);
}

static int money_text_decode(const struct reading *rd, int64_t *nano, const char *text)
{
	struct pl pl;
	int err;

	pl_set_str(&pl, text);

	err = money_decode(nano, &pl);
	if (err == ERANGE)
		return fault_at(rd->src->fault, rd->at, "%H is too large; amounts end at 9223372036.85",
				quote_print, text);
	if (err)
		return fault_at(rd->src->fault, rd->at,
				"%H is not an amount; write a decimal number with at most 9 decimals, "
				"for example \"12.30\"",
				quote_print, text);

	return 0;
}

static int money_read(const struct reading *rd, const struct odict_entry *e)
{
	char str[MONEY_STRSIZE];
	int64_t nano;
	int err = 0;

	if (e->type == ODICT_STRING)
		err = money_text_decode(rd, &nano, e->u.str);
	else if (e->type == ODICT_INT && rd->src->form == FORM_STORED)
		nano = e->u.integer;
	else
		return reading_type_fault(rd, "the amount as text in quotes, for example \"12.30\"");

	if (err)
		return err;

	if (nano < rd->field->min)
		return fault_at(rd->src->fault, rd->at, "is below zero; give 0 or more");
	if (nano > rd->field->max) {
		money_encode(str, rd->field->max);
		return fault_at(rd->src->fault, rd->at, "is too large; give at most \"%s\"", str);
	}

	money_encode(str, nano);

	return odict_entry_add(rd->dst, rd->field->name, ODICT_STRING, str);
}

static int time_read(const struct reading *rd, const struct odict_entry *e)
{
	char str[TIME_TEXT_SIZE];
	struct pl pl;
	int64_t us;

	if (e->type != ODICT_STRING)
		return reading_type_fault(rd, "a time as text in quotes");

	pl_set_str(&pl, e->u.str);
	if (time_text_decode(&us, &pl))
		return fault_at(rd->src->fault, rd->at,
				"%H is not a time; write \"2026-07-01\" or \"2026-07-01T08:00:00+08:00\" "
				"(without "
				"offset: UTC)",
				quote_print, e->u.str);

	time_text_encode(str, us);

	return odict_entry_add(rd->dst, rd->field->name, ODICT_STRING, str);
}

static int choices_print(struct re_printf *pf, const char *const *choicev)
{
	size_t i;
	int err = 0;

	for (i = 0; choicev[i]; i++)
		err |= re_hprintf(pf, "%s\"%s\"", i ? (choicev[i + 1] ? ", " : " or ") : "", choicev[i]);

	return err;
}

static int choice_read(const struct reading *rd, const struct odict_entry *e)
{
	const char *const *c;

	if (e->type != ODICT_STRING)
		return reading_type_fault(rd, "a text in quotes");

	for (c = rd->field->choicev; *c; c++)
		if (!str_cmp(*c, e->u.str))
			return odict_entry_add(rd->dst, rd->field->name, ODICT_STRING, e->u.str);

	return fault_at(rd->src->fault, rd->at, "%H is not known; write %H", quote_print, e->u.str,
			choices_print, rd->field->choicev);
}

int reading_count_check(const struct reading *rd, size_t count)
{
	const struct field *f = rd->field;

	if (count >= (size_t)f->min && count <= (size_t)f->max)
		return 0;

	if (f->min)
		return fault_at(rd->src->fault, rd->at, "has %zu entries; give %lld to %lld", count,
				(long long)f->min, (long long)f->max);

	return fault_at(rd->src->fault, rd->at, "has %zu entries; give at most %lld", count,
			(long long)f->max);
}

static bool list_has(const struct odict *list, const char *text)
{
	const struct le *le;

	for (le = list->lst.head; le; le = le->next) {

		const struct odict_entry *e = le->data;

		if (!str_cmp(e->u.str, text))
			return true;
	}

	return false;
}

static int item_read(const struct reading *rd, struct odict *list, const struct odict_entry *e, size_t index)
{
	const struct path at = {rd->at, NULL, index};
	int err;

	if (e->type != ODICT_STRING)
		return fault_at(rd->src->fault, &at, "has the wrong type; give a text in quotes");

	err = text_check(rd, e->u.str, &at);
	if (err)
		return err;

	if (list_has(list, e->u.str))
		return fault_at(rd->src->fault, &at, "%H stands in the list twice; remove one", quote_print,
				e->u.str);

	return array_append(list, "%s", e->u.str);
}

static int list_read(const struct reading *rd, const struct odict_entry *e)
{
	struct odict *list = NULL;
	const struct le *le;
	size_t i = 0;
	int err;

	if (e->type == ODICT_STRING && rd->field->flags & FIELD_ONE)
		return text_read(rd, e);

	if (e->type != ODICT_ARRAY)
		return reading_type_fault(rd, rd->field->flags & FIELD_ONE ? "a text or a list [ ] of texts"
									   : "a list [ ] of texts");

	err = reading_count_check(rd, list_count(&e->u.odict->lst));
	if (err)
		return err;

	err = odict_alloc(&list, HASH_SIZE);

	for (le = e->u.odict->lst.head; le && !err; le = le->next)
		err = item_read(rd, list, le->data, i++);

	if (!err)
		err = odict_entry_add(rd->dst, rd->field->name, ODICT_ARRAY, list);

	mem_deref(list);

	return err;
}

static int value_read(const struct reading *rd, const struct odict_entry *e)
{
	if (e->type == ODICT_NULL && rd->field->flags & FIELD_NULL)
		return odict_entry_add(rd->dst, rd->field->name, ODICT_NULL);

	switch (rd->field->type) {

	case FIELD_TEXT:
	case FIELD_REF:
		return text_read(rd, e);
	case FIELD_UINT:
		return uint_read(rd, e);
	case FIELD_BOOL:
		return bool_read(rd, e);
	case FIELD_MONEY:
		return money_read(rd, e);
	case FIELD_TIME:
		return time_read(rd, e);
	case FIELD_CHOICE:
		return choice_read(rd, e);
	case FIELD_LIST:
	case FIELD_REFS:
		return list_read(rd, e);
	case FIELD_ROWS:
		return reading_rows(rd, e);
	default:
		return EINVAL;
	}
}

static int default_read(const struct reading *rd)
{
	struct odict *holder = NULL;
	char text[MESSAGE_SIZE];
	int err;

	(void)re_snprintf(text, sizeof(text), "[%s]", rd->field->def);

	err = json_read(&holder, ODICT_ARRAY, text, str_len(text), NULL);
	if (!err)
		err = value_read(rd, holder->lst.head->data);

	mem_deref(holder);

	return err;
}

/** A value that is set at birth is checked, then left as it is; the operator is told when it differs. */
static int birth_keep(const struct reading *rd, const struct odict_entry *was,
		      const struct odict_entry *given)
{
	struct reading probe = *rd;
	const struct odict_entry *now;
	int err;

	err = odict_alloc(&probe.dst, 1);
	if (err)
		return err;

	err = value_read(&probe, given);
	now = odict_lookup(probe.dst, rd->field->name);

	if (!err && rd->src->notes && !value_equal(now, was))
		err = array_append(rd->src->notes, "%H: stays %s; it is set when the object is created",
				   path_print, rd->at, was->u.str);
	if (!err)
		err = value_copy(rd->dst, was);

	mem_deref(probe.dst);

	return err;
}

static int fixed_read(const struct reading *rd, const struct odict_entry *was,
		      const struct odict_entry *given)
{
	int err = value_read(rd, given);

	if (!err && !value_equal(odict_lookup(rd->dst, rd->field->name), was))
		err = fault_at(rd->src->fault, rd->at,
			       "cannot become another than %s once the object is created; create one of "
			       "another name",
			       was->u.str);

	return err;
}

static int field_read(const struct reading *rd, const struct odict_entry *given,
		      const struct odict_entry *was)
{
	if (given && was && rd->field->flags & FIELD_BIRTH)
		return birth_keep(rd, was, given);

	if (given && was && rd->field->flags & FIELD_FIXED)
		return fixed_read(rd, was, given);

	if (given)
		return value_read(rd, given);

	if (was)
		return value_copy(rd->dst, was);

	if (rd->field->def)
		return default_read(rd);

	return fault_at(rd->src->fault, rd->at, "is missing; give it: %s", rd->field->help);
}

/** Every key must be a field; the nearest one is suggested. */
static int keys_check(const struct kind *kind, const struct odict *json, const struct path *at,
		      const struct object_source *src)
{
	const struct field *f;
	const struct le *le;

	for (le = json->lst.head; le; le = le->next) {

		const struct odict_entry *e = le->data;
		struct nearest n;

		if (src->form == FORM_STORED || kind_field(kind, e->key))
			continue;

		nearest_init(&n, e->key);
		for (f = kind->fieldv; f->name; f++)
			nearest_offer(&n, f->name);

		if (n.name)
			return fault_at(src->fault, at, "unknown field %H; did you mean \"%s\"?", quote_print,
					e->key, n.name);

		return fault_at(src->fault, at, "unknown field %H; remove it (docs/config.md lists all)",
				quote_print, e->key);
	}

	return 0;
}

int object_read(struct odict **op, const struct kind *kind, const struct odict *old, const struct odict *json,
		const struct path *at, const struct object_source *src)
{
	const struct field *f;
	struct odict *o = NULL;
	int err;

	err = keys_check(kind, json, at, src);
	if (err)
		return err;

	err = odict_alloc(&o, HASH_SIZE);

	for (f = kind->fieldv; f->name && !err; f++) {

		const struct path here = {at, f->name, 0};
		const struct reading rd = {o, f, &here, src};

		err = field_read(&rd, odict_lookup(json, f->name), odict_lookup(old, f->name));
	}

	if (err)
		mem_deref(o);
	else
		*op = o;

	return err;
}
