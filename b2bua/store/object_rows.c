/**
 * @file object_rows.c  The rows of an object from JSON to normal form: sorted by their keys, as compact text
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "object_part.h"

/** A row in normal form, and where it stood in the JSON. */
struct row {
	struct odict *o;
	const struct kind *kind;
	size_t index;
};

struct rows {
	struct row *rowv;
	size_t rowc;
};

static void rows_destructor(void *arg)
{
	struct rows *r = arg;
	size_t i;

	for (i = 0; i < r->rowc; i++)
		mem_deref(r->rowv[i].o);

	mem_deref(r->rowv);
}

static int text_compare(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int keys_compare(const struct row *a, const struct row *b)
{
	const struct field *f;
	int order = 0;

	for (f = a->kind->fieldv; f->name && !order; f++)
		if (f->flags & FIELD_KEY)
			order = text_compare(odict_string(a->o, f->name), odict_string(b->o, f->name));

	return order;
}

/* Those without a key keep their order. */
static int row_compare(const void *a, const void *b)
{
	const struct row *ra = a, *rb = b;
	const int order = keys_compare(ra, rb);

	return order ? order : (ra->index > rb->index) - (ra->index < rb->index);
}

static int row_read(struct rows *r, const struct reading *rd, const struct odict_entry *e)
{
	const struct path at = {rd->at, NULL, r->rowc};
	struct row *row = &r->rowv[r->rowc];
	int err;

	if (e->type != ODICT_OBJECT)
		return fault_at(rd->src->fault, &at, "has the wrong type; give an object { }");

	row->kind = rd->field->row;
	row->index = r->rowc;
	err = object_read(&row->o, row->kind, NULL, e->u.odict, &at, rd->src);
	r->rowc += !err;

	return err;
}

static int row_check(const struct reading *rd, const struct row *row, const struct row *before)
{
	const struct path at = {rd->at, NULL, row->index};
	const struct field *key = kind_key(row->kind);
	const struct path key_at = {&at, row->kind->fieldv[0].name, 0};
	const char *complaint;

	if (before && key && !keys_compare(before, row))
		return fault_at(rd->src->fault, &key_at, "%H was given before; give each once", quote_print,
				odict_string(row->o, key->name));

	complaint = row->kind->row_check ? row->kind->row_check(row->o, before ? before->o : NULL) : NULL;

	return complaint ? fault_at(rd->src->fault, &at, "%s", complaint) : 0;
}

static int rows_write(struct mbuf *mb, const struct reading *rd, const struct rows *r)
{
	size_t i;
	int err;

	err = mbuf_write_u8(mb, '[');
	for (i = 0; i < r->rowc && !err; i++) {

		err = row_check(rd, &r->rowv[i], i ? &r->rowv[i - 1] : NULL);
		if (!err && i)
			err = mbuf_write_u8(mb, ',');
		err = err ? err : object_write(mb, r->rowv[i].kind, r->rowv[i].o, FORM_JSON);
	}

	return err ? err : mbuf_write_mem(mb, (const uint8_t *)"]", 2);
}

static int rows_take(struct rows *r, const struct reading *rd, const struct list *lst)
{
	const struct le *le;
	int err = 0;

	r->rowv = mem_zalloc((list_count(lst) + 1) * sizeof(*r->rowv), NULL);
	if (!r->rowv)
		return ENOMEM;

	for (le = list_head(lst); le && !err; le = le->next)
		err = row_read(r, rd, le->data);

	if (!err)
		qsort(r->rowv, r->rowc, sizeof(*r->rowv), row_compare);

	return err;
}

int reading_rows(const struct reading *rd, const struct odict_entry *e)
{
	struct rows *r = NULL;
	struct mbuf *mb = NULL;
	int err;

	if (e->type != ODICT_ARRAY)
		return reading_type_fault(rd, "a list [ ] of objects");

	err = reading_count_check(rd, list_count(&e->u.odict->lst));
	if (err)
		return err;

	r = mem_zalloc(sizeof(*r), rows_destructor);
	mb = mbuf_alloc(512);
	err = r && mb ? rows_take(r, rd, &e->u.odict->lst) : ENOMEM;
	err = err ? err : rows_write(mb, rd, r);
	err = err ? err : odict_entry_add(rd->dst, rd->field->name, ODICT_STRING, (char *)mb->buf);

	mem_deref(r);
	mem_deref(mb);

	return err;
}
