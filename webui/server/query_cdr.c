/**
 * @file query_cdr.c  Call records in pages
 */
#include <string.h>
#include <re.h>
#include "param.h"
#include "query_cdr.h"

static enum sql_query page_of(const struct query_cdr *want)
{
	if (want->callee)
		return want->account ? SQL_CDR_PAGE_ACCOUNT_CALLEE : SQL_CDR_PAGE_CALLEE;

	return want->account ? SQL_CDR_PAGE_ACCOUNT : SQL_CDR_PAGE;
}

static void value_add(struct query_question *question, const char *name, const char *text, int64_t number)
{
	struct query_value *v = question->valuev;

	while (v->name)
		++v;

	*v = (struct query_value){name, text, number};
}

static void question_make(struct query_question *question, const struct query_cdr *want)
{
	*question = (struct query_question){.sql = page_of(want), .limit = want->limit};

	value_add(question, ":before_us", NULL, want->before_us);
	value_add(question, ":before_seq", NULL, want->before_seq);
	if (want->account)
		value_add(question, ":account", want->account, 0);
	if (want->callee)
		value_add(question, ":callee", want->callee, 0);
}

/* The cursor that follows the last row. */
static int next_add(struct odict *o, const struct odict *array, bool more)
{
	const struct odict_entry *last = more && array->lst.tail ? array->lst.tail->data : NULL;
	uint64_t us = 0, seq = 0;
	char cursor[48];

	if (!last || !odict_get_number(last->u.odict, &us, "start_us") ||
	    !odict_get_number(last->u.odict, &seq, "seq"))
		return odict_entry_add(o, "next", ODICT_NULL);

	(void)re_snprintf(cursor, sizeof(cursor), "%llu-%llu", us, seq);

	return odict_entry_add(o, "next", ODICT_STRING, cursor);
}

int query_cdrs(struct query *q, struct odict **op, const struct query_cdr *want, char *errstr, size_t errsize)
{
	struct odict *o = NULL, *array = NULL;
	struct query_question question;
	bool more = false;
	int err;

	question_make(&question, want);

	err = odict_alloc(&o, 2);
	err = err ? err : odict_alloc(&array, 2);
	err = err ? err : query_rows(q, array, &more, &question, errstr, errsize);
	err = err ? err : odict_entry_add(o, "cdrs", ODICT_ARRAY, array);
	err = err ? err : next_add(o, array, more);
	mem_deref(array);

	if (err)
		mem_deref(o);
	else
		*op = o;

	return err;
}

int query_cursor(struct query_cdr *want, const char *cursor)
{
	const char *dash = strchr(cursor, '-');
	struct pl us, seq;
	uint64_t value;

	if (!dash)
		return EINVAL;

	us = (struct pl){cursor, (size_t)(dash - cursor)};
	pl_set_str(&seq, dash + 1);

	if (!param_digits(&value, &us) || value > INT64_MAX)
		return EINVAL;
	want->before_us = (int64_t)value;

	if (!param_digits(&value, &seq) || value > INT64_MAX)
		return EINVAL;
	want->before_seq = (int64_t)value;

	return 0;
}
