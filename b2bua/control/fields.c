/**
 * @file fields.c  What can be provisioned, field by field: what forms are made of
 */
#include <re.h>
#include "json.h"
#include "store/kind.h"
#include "core.h"

enum { BUFFER_SIZE = 16 * 1024 };

static const char *const typev[] = {
	[FIELD_TEXT] = "text",  [FIELD_UINT] = "number",   [FIELD_BOOL] = "bool", [FIELD_MONEY] = "money",
	[FIELD_TIME] = "time",  [FIELD_CHOICE] = "choice", [FIELD_REF] = "name",  [FIELD_LIST] = "list",
	[FIELD_REFS] = "names", [FIELD_ROWS] = "objects",
};

static const struct {
	enum field_flag flag;
	const char *name;
} flagv[] = {
	{FIELD_KEY, "key"},     {FIELD_NULL, "nullable"}, {FIELD_BIRTH, "birth"},
	{FIELD_FIXED, "fixed"}, {FIELD_SECRET, "secret"},
};

static int text_write(struct mbuf *mb, const char *key, const char *value)
{
	int err;

	if (!value)
		return 0;

	err = mbuf_printf(mb, ", \"%s\": ", key);

	return err ? err : json_write_str(mb, value, str_len(value));
}

static int flags_write(struct mbuf *mb, unsigned flags)
{
	size_t i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(flagv) && !err; i++)
		if (flags & flagv[i].flag)
			err = mbuf_printf(mb, ", \"%s\": true", flagv[i].name);

	return err;
}

static int choices_write(struct mbuf *mb, const char *const *choice)
{
	const char *const *first = choice;
	int err;

	if (!choice)
		return 0;

	err = mbuf_write_str(mb, ", \"choices\": [");
	for (; *choice && !err; choice++)
		err = mbuf_printf(mb, "%s\"%s\"", choice == first ? "" : ", ", *choice);

	return err ? err : mbuf_write_u8(mb, ']');
}

/** Its default stands in the table as JSON. */
static int field_write(struct mbuf *mb, const struct field *f)
{
	int err;

	err = mbuf_printf(mb, "{\"name\": \"%s\"", f->name);
	err = err ? err : text_write(mb, "type", typev[f->type]);
	err = err ? err : flags_write(mb, f->flags);
	if (f->def && !err)
		err = mbuf_printf(mb, ", \"default\": %s", f->def);
	if (f->type == FIELD_UINT && !err)
		err = mbuf_printf(mb, ", \"min\": %lld, \"max\": %lld", (long long)f->min, (long long)f->max);
	err = err ? err : choices_write(mb, f->choicev);
	err = err ? err : text_write(mb, "of", f->ref);
	err = err ? err : text_write(mb, "help", f->help);

	return err ? err : mbuf_write_u8(mb, '}');
}

static int kind_write(struct mbuf *mb, const struct kind *kind)
{
	const struct field *f;
	int err;

	err = mbuf_printf(mb, "\"%s\": [", kind->plural);
	for (f = kind->fieldv; f->name && !err; f++) {
		err = f == kind->fieldv ? 0 : mbuf_write_str(mb, ", ");
		err = err ? err : field_write(mb, f);
	}

	return err ? err : mbuf_write_u8(mb, ']');
}

static int kinds_write(struct mbuf *mb)
{
	size_t i;
	int err;

	err = mbuf_write_u8(mb, '{');
	for (i = 0; i < KINDC && !err; i++) {
		err = i ? mbuf_write_str(mb, ", ") : 0;
		err = err ? err : kind_write(mb, kindv[i]);
	}

	return err ? err : mbuf_write_u8(mb, '}');
}

void method_fields(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct mbuf *mb = mbuf_alloc(BUFFER_SIZE);
	const int err = mb ? kinds_write(mb) : ENOMEM;

	if (err) {
		method_reply(req, err, NULL);
	}
	else {
		mb->pos = 0;
		control_reply_text(req, mb);
	}
	mem_deref(mb);
}
