/**
 * @file test_docs.c  docs/config.md and docs/control.md say what the tables say
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "unit.h"
#include "config_key.h"
#include "control/method.h"
#include "store/kind.h"

enum { TEXT_SIZE = 262144 };

static char *text; /* of the document under test */

static void document_load(const char *name)
{
	char path[1024];
	size_t n;
	FILE *f;

	(void)re_snprintf(path, sizeof(path), "%s/docs/%s", TANDEM_SOURCE_DIR, name);
	f = fopen(path, "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);

	text = mem_zalloc(TEXT_SIZE, NULL);
	n = fread(text, 1, TEXT_SIZE - 1, f);
	CU_ASSERT_FATAL(n > 0 && n < TEXT_SIZE - 1);
	(void)fclose(f);
}

/** The row must stand there word for word; one that does not is printed to be put there. */
static void row_expect(const char *fmt, ...)
{
	char row[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)re_vsnprintf(row, sizeof(row), fmt, ap);
	va_end(ap);

	CU_ASSERT_PTR_NOT_NULL(strstr(text, row));
	if (!strstr(text, row))
		(void)fprintf(stderr, "%s\n", row);
}

/** A bar would end the cell. */
static int cell_print(struct re_printf *pf, const char *str)
{
	int err = 0;

	for (; *str; str++)
		err |= re_hprintf(pf, "%s%c", *str == '|' ? "\\" : "", *str);

	return err;
}

static int default_print(struct re_printf *pf, const struct field *f)
{
	if (!f->def)
		return re_hprintf(pf, "must be given");

	return re_hprintf(pf, "`%s`", f->def);
}

static int type_print(struct re_printf *pf, const struct field *f)
{
	const char *const *c;
	int err;

	if (f->type == FIELD_CHOICE) {
		for (c = f->choicev, err = 0; *c; c++)
			err |= re_hprintf(pf, "%s`\"%s\"`", c == f->choicev ? "" : ", ", *c);
		return err;
	}

	err = re_hprintf(pf, "%s", field_type_name(f));

	if (f->type == FIELD_UINT)
		err |= re_hprintf(pf, ", %lld to %lld", (long long)f->min, (long long)f->max);
	if (f->ref)
		err |= re_hprintf(pf, " in `%s`", kind_find(f->ref)->plural);
	if (f->flags & FIELD_NULL)
		err |= re_hprintf(pf, " or null");

	return err;
}

static void kind_expect(const struct kind *kind)
{
	const struct field *f;

	row_expect("### `%s`", kind->plural);

	for (f = kind->fieldv; f->name; f++) {
		row_expect("| `%s` | %H | %H | %H |", f->name, type_print, f, default_print, f, cell_print,
			   f->help);
		if (f->row)
			kind_expect(f->row);
	}
}

static void objects(void)
{
	size_t i;

	document_load("config.md");
	for (i = 0; i < KINDC; i++)
		kind_expect(kindv[i]);
	text = mem_deref(text);
}

static void keys(void)
{
	size_t i;

	document_load("config.md");
	for (i = 0; i < config_keyc; i++) {

		const struct config_key *key = &config_keyv[i];

		row_expect("| `%s` | %s | %s%s%s | %H |", key->name, config_type_name(key->type),
			   *key->def ? "`" : "", *key->def ? key->def : "empty", *key->def ? "`" : "",
			   cell_print, key->help);
	}
	text = mem_deref(text);
}

static void methods(void)
{
	size_t i;

	document_load("control.md");
	for (i = 0; i < control_methodc; i++)
		row_expect("| `%s` | %H | %H |", control_methodv[i].name, cell_print,
			   *control_methodv[i].params ? control_methodv[i].params : "–", cell_print,
			   control_methodv[i].help);
	text = mem_deref(text);
}

static const struct unit_test testv[] = {
	{"docs/config.md has every kind and field", objects},
	{"docs/config.md has every key of tandem.conf", keys},
	{"docs/control.md has every method", methods},
	{NULL, NULL},
};

const struct unit_suite docs_suite = {"docs", testv};
